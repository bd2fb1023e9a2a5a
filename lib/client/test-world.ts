import type { Message, Room } from "../protocol/objects";
import type { Change } from "./apply";
import type { Clock } from "./environment";

/** A room as the server keeps it, and the events it would announce: what client tests compare with. */
export interface TestRoom {
  id: string;
  messages: Message[];
  rev: number;
  /** Every change in order; the index is `rev - 1`. */
  changes: Change[];
}

export function testRoom(id = "room"): TestRoom {
  return { id, messages: [], rev: 0, changes: [] };
}

export const person = (id: string) => ({ id, username: id, name: id.toUpperCase(), avatar: null });

function commit(room: TestRoom, message: Message, asReactions: boolean): Message {
  room.rev += 1;
  const stored = { ...message, rev: room.rev };
  const place = room.messages.findIndex((other) => other.id === message.id);
  if (place < 0) room.messages.push(stored);
  else room.messages[place] = stored;
  room.changes.push(
    asReactions
      ? { rev: room.rev, messageId: stored.id, reactions: stored.reactions }
      : { rev: room.rev, message: stored },
  );
  return stored;
}

export function say(room: TestRoom, userId: string, extra: Partial<Message> = {}): Message {
  const seq = room.messages.length + 1;
  const message: Message = {
    id: `${room.id}-m${seq}`,
    roomId: room.id,
    seq,
    rev: 0,
    clientId: `client-${room.id}-${seq}`,
    user: person(userId),
    type: "text",
    content: `words ${seq}`,
    files: [],
    replyTo: null,
    threadId: null,
    mentions: [],
    reactions: [],
    createdAt: new Date(1_700_000_000_000 + seq * 1_000).toISOString(),
    editedAt: null,
    deletedAt: null,
    pinnedAt: null,
    ...extra,
  };
  return commit(room, message, false);
}

export function change(room: TestRoom, seq: number, fields: Partial<Message>): Message {
  const held = room.messages[seq - 1];
  if (!held) throw new Error(`The room has no message ${seq}.`);
  return commit(room, { ...held, ...fields }, Object.keys(fields).join() === "reactions");
}

export const remove = (room: TestRoom, seq: number) =>
  change(room, seq, { content: "", deletedAt: "2026-01-01T00:00:00.000Z", mentions: [] });

/** What the server counts for a reader, straight from the rows. */
export function countsOf(room: TestRoom, meId: string, lastReadSeq: number): { unread: number; mentions: number } {
  const unread = room.messages.filter(
    (message) => message.seq > lastReadSeq && message.user.id !== meId && message.deletedAt === null,
  );
  const mentions = unread.filter((message) => message.mentions.includes(meId));
  return { unread: Math.min(100, unread.length), mentions: Math.min(100, mentions.length) };
}

export function roomAnswer(room: TestRoom, meId: string, lastReadSeq: number): Room {
  return {
    id: room.id,
    kind: "room",
    name: room.id,
    description: "",
    isPrivate: false,
    createdBy: null,
    createdAt: "2026-01-01T00:00:00.000Z",
    memberCount: 2,
    lastSeq: room.messages.length,
    rev: room.rev,
    lastMessageAt: room.messages.at(-1)?.createdAt ?? "2026-01-01T00:00:00.000Z",
    me: {
      role: "member",
      lastReadSeq,
      ...countsOf(room, meId, lastReadSeq),
      notify: "all",
      muted: false,
      starred: false,
    },
  };
}

/** A clock that moves when told. Timers due at one time run in the order they were set. */
export interface TestClock extends Clock {
  advance: (ms: number) => void;
  pending: () => number;
}

export function testClock(start = 1_700_000_000_000): TestClock {
  let now = start;
  let next = 1;
  const timers = new Map<number, { at: number; run: () => void }>();
  return {
    now: () => now,
    random: () => 0.5,
    setTimeout(run, ms) {
      timers.set(next, { at: now + ms, run });
      return next++;
    },
    clearTimeout: (timer) => void timers.delete(timer as number),
    pending: () => timers.size,
    advance(ms) {
      const end = now + ms;
      for (;;) {
        const due = [...timers].filter(([, { at }]) => at <= end).sort(([a, x], [b, y]) => x.at - y.at || a - b)[0];
        if (!due) break;
        timers.delete(due[0]);
        now = Math.max(now, due[1].at);
        due[1].run();
      }
      now = end;
    },
  };
}

/** Waits until what is asked for is true; says what it waited for when it never is. */
export async function until(what: string, isTrue: () => boolean, ms = 4_000): Promise<void> {
  const end = Date.now() + ms;
  while (!isTrue()) {
    if (Date.now() > end) throw new Error(`Waited in vain: ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
