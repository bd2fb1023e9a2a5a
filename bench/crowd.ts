import { setTimeout as wait } from "node:timers/promises";
import { quantile } from "./report";
import { Wire } from "./wire";

export interface Member {
  /** Handshake that lets this person in. */
  auth: object;
  roomId: string;
}

/** What one window of sending came to. */
export interface Window {
  /** Messages stored (or, by a bare server, broadcast), per second, until the last of them was heard by everybody. */
  messages: number;
  deliveries: number;
  /** Of a commit with several messages some clients get one packet. */
  messagesPerPacket: number;
  /** In ms. */
  ackP50: number;
  ackP99: number;
  deliveryP50: number;
  deliveryP99: number;
  seconds: number;
  /** How busy this process was, 0 to 1: near 1 it would be the clients that are measured. */
  clientLoad: number;
}

interface Listener {
  wire: Wire;
  roomId: string;
  bytes: number;
  packets: number;
  reads: boolean;
}

interface Room {
  listeners: Listener[];
  acked: number;
  read: number;
  lastSeq: number;
  /** Places that came before their turn, as they may from another replica. */
  early: Set<number>;
}

const filler = "and some words, as people write them in a room of their team at work";

/**
 * The members of some rooms, connected to one server or, in turn, to several. In each room one member reads everything,
 * checks that nothing is missing, doubled or (from one server) out of order, and takes the times; the others count bytes,
 * which must come out as the reader's.
 */
export class Crowd {
  readonly #rooms = new Map<string, Room>();
  readonly #waiting = new Map<number, { sentAt: number; room: Room; next(): void }>();
  #delays: number[] = [];
  #acks: number[] = [];
  #lastId = 0;
  #ended: string | undefined;

  private constructor(
    private readonly ports: number[],
    private readonly places: boolean,
  ) {}

  /** Connects everybody, a few at a time. `places: false`: for a server whose messages may overtake each other. */
  static async connect(
    ports: number | number[],
    members: Member[],
    { places = true }: { places?: boolean } = {},
  ): Promise<Crowd> {
    const crowd = new Crowd([ports].flat(), places);
    await crowd.join(members);
    return crowd;
  }

  /** Connects more, a few at a time. */
  async join(members: Member[]): Promise<void> {
    for (let from = 0; from < members.length; from += 25) {
      const some = members.slice(from, from + 25);
      await Promise.all(some.map((member, place) => this.#join(this.#portOf(from + place), member)));
    }
  }

  #portOf(place: number): number {
    return this.ports[place % this.ports.length] ?? 0;
  }

  async #join(port: number, { auth, roomId }: Member): Promise<void> {
    const room = this.#rooms.get(roomId) ?? {
      listeners: [],
      acked: 0,
      read: 0,
      lastSeq: 0,
      early: new Set<number>(),
    };
    this.#rooms.set(roomId, room);
    const reads = room.listeners.length === 0;
    const hearing = {
      message: (bytes: number, text: string | undefined) => {
        listener.bytes += bytes;
        listener.packets += 1;
        if (text !== undefined) this.#read(room, text);
      },
      ack: (id: number) => this.#acked(id),
      ended: (reason: string) => {
        this.#ended ??= reason;
      },
    };
    const wire = new Wire(port, auth, hearing, reads);
    const listener: Listener = { wire, roomId, bytes: 0, packets: 0, reads };
    room.listeners.push(listener);
    await Promise.race([wire.open(), wait(15_000, undefined, { ref: false }).then(() => this.#fail("nobody greeted"))]);
  }

  #fail(what: string): never {
    throw new Error(`The clients gave up: ${this.#ended ?? what}.`);
  }

  #read(room: Room, text: string): void {
    const now = performance.now();
    const [, body] = JSON.parse(text.slice(2)) as [string, { message?: Heard; messages?: Heard[] }];
    for (const message of body.messages ?? (body.message ? [body.message] : [])) {
      if (this.places) this.#place(room, message.seq);
      room.read += 1;
      this.#delays.push(now - Number(message.content.split(" ", 1)[0]));
    }
  }

  #place(room: Room, seq: number): void {
    const next = room.lastSeq + 1;
    const ordered = this.ports.length === 1;
    // One server's order shows from the first message heard on; what several bring is complete from place 1, in a fresh room.
    if (ordered && room.lastSeq && seq !== next) this.#ended ??= `${seq} after ${room.lastSeq}`;
    if (!ordered && (seq < next || room.early.has(seq))) this.#ended ??= `${seq} a second time`;
    if (!ordered && seq > next) room.early.add(seq);
    else room.lastSeq = seq;
    while (room.early.delete(room.lastSeq + 1)) room.lastSeq += 1;
  }

  #acked(id: number): void {
    const sent = this.#waiting.get(id);
    if (!sent) return;
    this.#waiting.delete(id);
    sent.room.acked += 1;
    this.#acks.push(performance.now() - sent.sentAt);
    sent.next();
  }

  #send(listener: Listener, next: () => void): void {
    this.#lastId += 1;
    const room = this.#rooms.get(listener.roomId);
    if (!room) return;
    const sentAt = performance.now();
    this.#waiting.set(this.#lastId, { sentAt, room, next });
    const clientId = `bench-${process.pid}-${Date.now()}-${this.#lastId}`;
    const content = `${sentAt.toFixed(3)} ${filler}`;
    listener.wire.emit("message:send", { roomId: listener.roomId, clientId, content }, this.#lastId);
  }

  /** This many members, spread over the rooms; not those who read. */
  #senders(count: number): Listener[] {
    const rooms = [...this.#rooms.values()];
    return Array.from({ length: count }, (_, index) => {
      const room = rooms[index % rooms.length];
      const place = 1 + (Math.floor(index / rooms.length) % Math.max(1, (room?.listeners.length ?? 1) - 1));
      return room?.listeners[place] ?? this.#fail("a room has no members");
    });
  }

  /** Each sender sends its next message when the last was acknowledged. */
  closedLoop(inFlight: number, milliseconds: number): Promise<Window> {
    return this.#measure(async () => {
      const end = performance.now() + milliseconds;
      const loop = (sender: Listener) => {
        if (performance.now() < end) this.#send(sender, () => loop(sender));
      };
      for (const sender of this.#senders(inFlight)) loop(sender);
      await wait(milliseconds);
    });
  }

  /** Messages at a fixed rate, whatever becomes of them: for so many milliseconds, or while something else goes on. */
  openLoop(perSecond: number, duration: number | (() => Promise<unknown>)): Promise<Window> {
    return this.#measure(async () => {
      const senders = this.#senders(20);
      const start = performance.now();
      let over = false;
      const end = () => {
        over = true;
      };
      const meanwhile = typeof duration === "number" ? wait(duration).then(end) : duration().finally(end);
      for (let sent = 0; ; ) {
        const passed = performance.now() - start;
        if (over) return void (await meanwhile);
        for (const due = (passed / 1_000) * perSecond; sent < due; sent += 1) {
          this.#send(senders[sent % senders.length] as Listener, () => {});
        }
        await wait(1);
      }
    });
  }

  async #measure(work: () => Promise<void>): Promise<Window> {
    for (const room of this.#rooms.values()) {
      Object.assign(room, { acked: 0, read: 0 });
      for (const listener of room.listeners) Object.assign(listener, { bytes: 0, packets: 0 });
    }
    this.#delays = [];
    this.#acks = [];
    const [start, cpu] = [performance.now(), process.cpuUsage()];
    await work();
    const limit = performance.now() + 20_000;
    while (!this.#complete()) {
      if (this.#ended || performance.now() > limit) this.#fail("not everything arrived everywhere");
      await wait(2);
    }
    const seconds = (performance.now() - start) / 1_000;
    const { user, system } = process.cpuUsage(cpu);
    let [messages, deliveries, packets] = [0, 0, 0];
    for (const room of this.#rooms.values()) {
      messages += room.acked;
      deliveries += room.acked * room.listeners.length;
      for (const listener of room.listeners) packets += listener.packets;
    }
    return {
      messages: messages / seconds,
      deliveries: deliveries / seconds,
      messagesPerPacket: deliveries / packets,
      ackP50: quantile(this.#acks, 0.5),
      ackP99: quantile(this.#acks, 0.99),
      deliveryP50: quantile(this.#delays, 0.5),
      deliveryP99: quantile(this.#delays, 0.99),
      seconds,
      clientLoad: (user + system) / 1e6 / seconds,
    };
  }

  /** Whether everything that was sent is acknowledged, read in each room, and counted by all the others. */
  #complete(): boolean {
    if (this.#waiting.size) return false;
    for (const { listeners, acked, read, early } of this.#rooms.values()) {
      const bytes = listeners[0]?.bytes;
      if (read !== acked || early.size > 0 || listeners.some((listener) => listener.bytes !== bytes)) return false;
    }
    return true;
  }

  /** @throws {Error} when one of the connections has ended. */
  assertAlive(): void {
    if (this.#ended) this.#fail("a connection ended");
  }

  close(): void {
    for (const { listeners } of this.#rooms.values()) for (const { wire } of listeners) wire.close();
  }
}

interface Heard {
  seq: number;
  content: string;
}
