import { directRooms } from "@/lib/domain/direct-rooms";
import { messagesChanged } from "@/lib/domain/message-pages";
import { query, type Statement } from "@/lib/infra/database";
import type { RoomChange } from "@/lib/infra/publish";
import { MAX_PAGE } from "@/lib/protocol/limits";
import type { Message, Room } from "@/lib/protocol/objects";
import { halves, roomIdOf } from "./audience";
import type { Deliver } from "./delivery";
import type { Marks } from "./marks";
import type { ChatServer } from "./types";

const headsOfRooms: Statement<{ id: string; rev: string; kind: Room["kind"] }> = {
  name: "heads-of-rooms",
  text: `SELECT id, rev, kind FROM "Room" WHERE id = ANY($1::text[])`,
};

/** Rooms mended in one round; the rest has its turn in the next. */
const MAX_ROOMS = 50;

function changeOf(message: Message): RoomChange {
  if (message.deletedAt) return { kind: "deleted", rev: message.rev, message };
  const touched = message.editedAt || message.pinnedAt || message.reactions.length > 0;
  return { kind: touched ? "updated" : "new", rev: message.rev, message };
}

/**
 * Compares the rooms this replica serves with the database and emits what it has not announced: what another replica
 * committed and could not publish (it died, or Redis is away). A difference must be there in two rounds: in one it is
 * usually an announcement on its way.
 */
export function createCatchUp(io: ChatServer, marks: Marks, deliver: Deliver) {
  const { adapter } = io.of("/");
  let headsBefore = new Map<string, number>();

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
    const heads = new Map(rows.map((row) => [row.id, Number(row.rev)]));
    const behind: { roomId: string; since: number }[] = [];
    for (const [roomId, head] of headsBefore) {
      const since = marks.upTo(roomId);
      if (since !== undefined && since < head && behind.length < MAX_ROOMS) behind.push({ roomId, since });
    }
    for (const [roomId, head] of heads) {
      // Sockets that joined since the last round may have missed what came before this first count: they compare it.
      if (marks.begin(roomId, head)) io.local.to(halves(roomId)).emit("heads", { heads: { [roomId]: head } });
    }
    headsBefore = heads;
    if (!behind.length) return;
    const directIds = rows.filter((row) => row.kind === "dm" && behind.some(({ roomId }) => roomId === row.id));
    const [changed, directs] = await Promise.all([
      messagesChanged(behind, MAX_PAGE),
      directRooms(directIds.map((row) => row.id)),
    ]);
    for (const { roomId } of behind) {
      const messages = changed.get(roomId) ?? [];
      if (messages.length) deliver(roomId, messages.map(changeOf), directs.get(roomId)?.room);
      const last = messages.at(-1)?.rev;
      if (last !== undefined) marks.advance(roomId, last);
    }
  }

  /** The newest heads known here, of rooms with sockets of this replica. */
  return { compare, heads: () => headsBefore };
}
