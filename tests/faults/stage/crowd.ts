import { call } from "../../harness/call";
import { type Person, register } from "../../harness/people";
import { Ledger } from "./ledger";
import type { Network } from "./network";
import { type Device, openScreen, type Screen } from "./screen";

export interface Crowd {
  ledger: Ledger;
  screens: Screen[];
  /** Those who write; everybody reads. */
  authors: Screen[];
  roomIds: string[];
  /** Screens without network for longer: they are not expected to show what the others do. */
  away: Screen[];
  /** Somebody goes on in a network of their own, with the same rooms on the screen, perhaps on another device. */
  move(screen: Screen, network: Network, device?: Device): Promise<Screen>;
  leave(screen: Screen): void;
  comeBack(screen: Screen): void;
  close(): void;
}

export interface CrowdSize {
  people: number;
  authors: number;
  rooms: number;
  /** Rooms a person is in, and how many of these are on the screen. */
  roomsEach: number;
  openEach: number;
}

/** People of private rooms of their own, each in some of them. */
export interface House {
  people: Person[];
  roomIds: string[];
  /** Rooms of a person, by their number. */
  roomsOf(person: number): number[];
}

/** Registers people and spreads them over private rooms. */
export async function fillHouse(url: string, size: Pick<CrowdSize, "people" | "rooms" | "roomsEach">): Promise<House> {
  const people: Person[] = [];
  while (people.length < size.people) {
    const some = Math.min(8, size.people - people.length);
    people.push(...(await Promise.all(Array.from({ length: some }, () => register(url)))));
  }
  const roomsOf = (person: number) =>
    Array.from({ length: size.roomsEach }, (_, index) => (person * 7 + index * 4) % size.rooms);
  const roomIds: string[] = [];
  for (let room = 0; room < size.rooms; room += 1) {
    const members = people.filter((_, index) => roomsOf(index).includes(room));
    const [creator, ...others] = members;
    if (!creator) throw new Error("Too many rooms for so few people.");
    const body = { name: `room ${room}`, isPrivate: true, memberIds: others.map(({ user }) => user.id) };
    roomIds.push((await call(creator, "POST /api/rooms", { body })).room.id);
  }
  return { people, roomIds, roomsOf };
}

/** Fills a house and opens a client for everybody in it. */
export async function gatherCrowd(network: Network, url: string, size: CrowdSize): Promise<Crowd> {
  const { people, roomIds, roomsOf } = await fillHouse(url, size);
  const ledger = new Ledger();
  const screens: Screen[] = [];
  const away: Screen[] = [];
  const transfer = (screen: Screen, from: Screen[], to: Screen[]) => {
    from.splice(from.indexOf(screen), 1);
    to.push(screen);
  };
  for (let from = 0; from < people.length; from += 8) {
    const opened = people.slice(from, from + 8).map((person, index) => {
      const open = roomsOf(from + index).slice(0, size.openEach);
      return openScreen(person, network, new Set(open.map((room) => roomIds[room] ?? "")), ledger);
    });
    screens.push(...(await Promise.all(opened)));
  }
  const authors = screens.slice(0, size.authors);
  return {
    ledger,
    screens,
    authors,
    roomIds,
    away,
    async move(screen, other, device) {
      screen.close();
      const moved = await openScreen(screen.person, other, screen.open, ledger, device);
      for (const list of [screens, authors]) {
        const place = list.indexOf(screen);
        if (place >= 0) list.splice(place, 1, moved);
      }
      return moved;
    },
    leave: (screen) => transfer(screen, screens, away),
    comeBack: (screen) => transfer(screen, away, screens),
    close() {
      for (const screen of [...screens, ...away]) screen.close();
    },
  };
}
