import { directRooms } from "@/lib/domain/direct-rooms";
import { messagesChanged } from "@/lib/domain/message-pages";
import { query, type Statement } from "@/lib/infra/database";
import { metrics } from "@/lib/infra/metrics";
import type { RoomChange } from "@/lib/infra/publish";
import { MAX_PAGE } from "@/lib/protocol/limits";
import type { Message, Room } from "@/lib/protocol/objects";
import { halves, roomIdOf } from "./audience";
import type { Deliver } from "./delivery";
import type { Marks } from "./marks";
import type { ChatServer } from "./types";

const headsOfRooms: Statement<{ id: string; rev: string; lastSeq: string; kind: Room["kind"] }> = {
  name: "heads-of-rooms",
  text: `SELECT id, rev, "lastSeq", kind FROM "Room" WHERE id = ANY($1::text[])`,
};

/** Rooms read in one query, and mended in one round; the rest has its turn in the next. */
const ROOMS_A_QUERY = 50;
const MAX_ROOMS = 1_000;
/** In ms: a room that did not change for so long has told its head three times. */
const ACTIVE_FOR = 95_000;

interface KnownHead {
  rev: number;
  /** When it was first seen, as `performance.now()` tells. */
  since: number;
  /** Messages up to this place were announced as new, or were there before anybody listened here. */
  seq: number;
}

/** What is told of a message that changed. One that may be news was perhaps edited before anybody had heard of it: then both. */
function changesOf(message: Message, knownSeq: number): RoomChange[] {
  const { rev, seq } = message;
  if (message.deletedAt) return [{ kind: "deleted", rev, message }];
  const touched = message.editedAt || message.pinnedAt || message.reactions.length > 0;
  if (!touched) return [{ kind: "new", rev, message }];
  const updated: RoomChange = { kind: "updated", rev, message };
  return seq > knownSeq ? [{ kind: "new", rev, message }, updated] : [updated];
}

/**
 * Compares the rooms this replica serves with the database and emits what it has not announced: what another replica
 * committed and could not publish (it died, or Redis is away). A difference must be there in two rounds: in one it is
 * usually an announcement on its way.
 */
export function createCatchUp(io: ChatServer, marks: Marks, deliver: Deliver) {
  const { adapter } = io.of("/");
  let headsBefore = new Map<string, KnownHead>();

  const uncounted = new Set<string>();
  const isServed = (roomId: string) => halves(roomId).some((name) => adapter.rooms.has(name));

  // A room counts from its first socket here on, not from the next round: what is lost in between would never be missed.
  adapter.on("create-room", (name: string) => {
    const roomId = roomIdOf(name);
    if (!roomId || marks.upTo(roomId) !== undefined) return;
    marks.watch(roomId);
    uncounted.add(roomId);
    // One question for all the rooms of a greeting. Without an answer the next round begins to count.
    if (uncounted.size === 1) setImmediate(() => void count().catch(() => {}));
  });

  async function count(): Promise<void> {
    const roomIds = [...uncounted];
    uncounted.clear();
    for (const { id, rev } of await query(headsOfRooms, [roomIds])) {
      if (isServed(id)) marks.begin(id, Number(rev));
    }
  }

  adapter.on("delete-room", (name: string) => {
    const roomId = roomIdOf(name);
    if (roomId && !isServed(roomId)) marks.forget(roomId);
  });

  async function compare(): Promise<void> {
    const served = new Set<string>();
    for (const name of adapter.rooms.keys()) {
      const roomId = roomIdOf(name);
      if (roomId) served.add(roomId);
    }
    if (!served.size) return;
    const rows = await query(headsOfRooms, [[...served]]);
    const now = performance.now();
    const heads = new Map<string, KnownHead>();
    for (const { id, ...row } of rows) {
      const rev = Number(row.rev);
      // Sockets that joined since the last round may have missed what came before this first count: they compare it.
      if (marks.begin(id, rev)) tellHead(id, rev);
      const before = headsBefore.get(id);
      const isAnnounced = (marks.upTo(id) ?? 0) >= rev;
      heads.set(id, {
        rev,
        since: before?.rev === rev ? before.since : now,
        seq: isAnnounced ? Number(row.lastSeq) : (before?.seq ?? 0),
      });
    }
    const behind: { roomId: string; since: number }[] = [];
    for (const [roomId, { rev }] of headsBefore) {
      const since = marks.upTo(roomId);
      if (since !== undefined && since < rev && behind.length < MAX_ROOMS) behind.push({ roomId, since });
    }
    headsBefore = heads;
    const direct = new Set(rows.filter(({ kind }) => kind === "dm").map(({ id }) => id));
    for (let from = 0; from < behind.length; from += ROOMS_A_QUERY) {
      await mend(behind.slice(from, from + ROOMS_A_QUERY), direct);
    }
  }

  function tellHead(roomId: string, rev: number): void {
    io.local.to(halves(roomId)).emit("heads", { heads: { [roomId]: rev } });
  }

  /** Emits what these rooms lack. Who lacks more than a page fetches it by `sync`, told by the room's head. */
  async function mend(behind: { roomId: string; since: number }[], direct: ReadonlySet<string>): Promise<void> {
    const directIds = behind.map(({ roomId }) => roomId).filter((roomId) => direct.has(roomId));
    const [changed, directs] = await Promise.all([
      messagesChanged(behind, MAX_PAGE),
      directIds.length ? directRooms(directIds) : undefined,
    ]);
    for (const { roomId } of behind) {
      const messages = changed.get(roomId) ?? [];
      const { rev: head, seq } = headsBefore.get(roomId) ?? { rev: 0, seq: 0 };
      const changes = messages.flatMap((message) => changesOf(message, seq));
      if (messages.length) deliver(roomId, changes, directs?.get(roomId)?.room);
      metrics().caughtUpChanges.inc(messages.length);
      const isWhole = messages.length < MAX_PAGE;
      if (!isWhole) tellHead(roomId, head);
      marks.advance(roomId, isWhole ? (messages.at(-1)?.rev ?? 0) : head);
    }
  }

  /** Heads of rooms with sockets of this replica that changed in the last minute and a half. */
  function activeHeads(): Map<string, number> {
    const from = performance.now() - ACTIVE_FOR;
    return new Map([...headsBefore].filter(([, { since }]) => since > from).map(([roomId, { rev }]) => [roomId, rev]));
  }

  /** Another life of the database: its numbers say nothing about the old one's. */
  function restart(): void {
    marks.forgetAll();
    headsBefore = new Map();
  }

  return { compare, activeHeads, restart };
}
