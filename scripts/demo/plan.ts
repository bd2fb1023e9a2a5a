import { type DemoPerson, demoPeople } from "./people";
import type { Random } from "./random";
import { demoDirects, demoRoomsOf } from "./rooms";
import { type Beat, type Scene, scenesOf } from "./scenes";
import { readTalk } from "./talk";
import { spread } from "./times";

export interface PlannedRoom {
  kind: "room" | "dm";
  name: string;
  topic: string;
  isPrivate: boolean;
  starred: boolean;
  /** The first runs it, the second moderates it. */
  members: DemoPerson[];
  /** In the order in which they were said. */
  beats: Beat[];
  /** How many of the last of them the first person of the demo has not read. */
  unread: number;
}

export interface Plan {
  people: DemoPerson[];
  rooms: PlannedRoom[];
  since: Date;
}

export interface Sizes {
  people: number;
  rooms: number;
  messages: number;
}

const WEEKS = 3;

/** Who is where and says what when, down to the reactions; nothing is stored yet. */
export function plan({ people: count, rooms: roomCount, messages }: Sizes, now: Date, random: Random): Plan {
  const people = demoPeople(count, random);
  const byUsername = new Map(people.map((person) => [person.username, person]));
  const since = new Date(now);
  since.setDate(since.getDate() - WEEKS * 7);
  since.setHours(7, 30, 0, 0);

  const frames = demoRoomsOf(roomCount).map((room) => ({
    ...room,
    kind: "room" as const,
    talk: room.name,
    ends: true,
  }));
  const directs = demoDirects.map((direct, index) => {
    const group = direct.members.length > 2;
    // The same last words in every conversation would give them away.
    return {
      ...direct,
      kind: "dm" as const,
      name: "",
      topic: "",
      talk: group ? "group" : "direct",
      ends: group || index === 0,
    };
  });
  const present = [...frames, ...directs].flatMap((frame) => {
    const members = (frame.members ?? people.map(({ username }) => username)).flatMap(
      (name) => byUsername.get(name) ?? [],
    );
    const complete = frame.kind === "room" ? members.length > 0 : members.length === frame.members?.length;
    return complete ? [{ ...frame, members }] : [];
  });
  const shares = present.reduce((sum, { share }) => sum + share, 0);
  let left = messages;
  let sharesLeft = shares;
  const rooms = present.map((frame): PlannedRoom => {
    const size = Math.round((left * frame.share) / sharesLeft);
    left -= size;
    sharesLeft -= frame.share;
    const isPrivate = frame.kind === "dm" || ("isPrivate" in frame && frame.isPrivate === true);
    const starred = "starred" in frame && frame.starred === true;
    const formerTopic = "formerTopic" in frame ? frame.formerTopic : undefined;
    const { kind, name, topic, members, talk, ends } = frame;
    const { scenes, last, unread } = scenesOf(known(talk), { members, size, topic, formerTopic, ends }, random);
    return { kind, name, topic, isPrivate, starred, members, beats: inTime(scenes, last, since, now, random), unread };
  });
  return { people, rooms, since };
}

const written = new Set(
  demoRoomsOf(12)
    .map(({ name }) => name)
    .concat("direct", "group"),
);

/** Rooms beyond those written by hand talk as the engineers do. */
function known(name: string) {
  return readTalk(written.has(name) ? name : "engineering");
}

/** Gives every scene its day and hour and what was said in it its minute; today's comes last. */
function inTime(scenes: Scene[], last: Scene, since: Date, now: Date, random: Random): Beat[] {
  const starts = spread(
    [...scenes, last].map(({ length }) => length),
    { since, now, today: last.beats.length > 0 },
    random,
  );
  return [...scenes, last].flatMap(({ beats }, index) => {
    const at = starts[index] ?? 0;
    return beats.map((beat) => ({ ...beat, at: beat.at + at }));
  });
}
