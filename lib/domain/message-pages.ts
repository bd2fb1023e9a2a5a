import { query, type Statement } from "@/lib/infra/database";
import { readBehind } from "@/lib/infra/read-replica";
import { notFound } from "@/lib/protocol/errors";
import type { Message } from "@/lib/protocol/objects";
import type { ListMessagesQuery, MessageChanges, MessagePage } from "@/lib/protocol/routes";
import { type Access, requireMember, requireMessage } from "./access";
import { badCursor, readCursor, writeCursor } from "./cursor";
import { groupBy } from "./group-by";
import { type MessageRow, messageView, selectMessages } from "./message-view";

/** Places have no gaps, so every page is a range of them, as quick in a long room as in a short one. */
const range: Statement<MessageRow> = {
  name: "messages-range",
  text: `${selectMessages} WHERE m."roomId" = $1 AND m.seq BETWEEN $2 AND $3 ORDER BY m.seq`,
};

/** For each room the changes after a number, at most $3 of each. */
const changed: Statement<MessageRow> = {
  name: "messages-changed",
  text: `
    SELECT x.* FROM unnest($1::text[], $2::bigint[]) AS t(room_id, since)
    CROSS JOIN LATERAL (${selectMessages} WHERE m."roomId" = t.room_id AND m.rev > t.since ORDER BY m.rev LIMIT $3) x`,
};

/** The messages of a room whose places are `from` to `to`, both included, oldest first. */
export async function messagesBetween(roomId: string, from: number, to: number): Promise<Message[]> {
  return (await query(range, [roomId, from, to])).map(messageView);
}

/** Current states of what changed in each room after its `since`, by `rev`, at most `limit` a room. */
export async function messagesChanged(
  rooms: { roomId: string; since: number }[],
  limit: number,
): Promise<Map<string, Message[]>> {
  const rows = await query(changed, [rooms.map(({ roomId }) => roomId), rooms.map(({ since }) => since), limit]);
  return groupBy(rows.map(messageView), (message) => message.roomId);
}

const list = "messages";

function pageOf(messages: Message[], lastSeq: number): MessagePage {
  const first = messages[0]?.seq;
  const last = messages.at(-1)?.seq;
  return {
    messages,
    older: first !== undefined && first > 1 ? writeCursor(list, "older", first) : null,
    newer: last !== undefined && last < lastSeq ? writeCursor(list, "newer", last) : null,
  };
}

/** The newest page of a room whose newest place is `lastSeq`. */
export async function newestPage(roomId: string, lastSeq: number, limit: number): Promise<MessagePage> {
  return pageOf(await messagesBetween(roomId, lastSeq - limit + 1, lastSeq), lastSeq);
}

/** As `messagesBetween`; below the room's head a read replica may answer, if it has all that this member may know of the room. */
async function history(userId: string, { roomId, rev, lastSeq }: Access, from: number, to: number): Promise<Message[]> {
  if (to >= lastSeq) return messagesBetween(roomId, from, to);
  return readBehind({ userId, heads: [{ roomId, rev }] }, async (run) =>
    (await run(range, [roomId, from, to])).map(messageView),
  );
}

/**
 * A page of a room, oldest first: the newest, the one that a cursor names, or the one around a message.
 * @throws {AppError} `not_found` for a stranger, or when `around` is no message of this room.
 */
export async function page(userId: string, input: Omit<ListMessagesQuery, "since">): Promise<MessagePage> {
  const { roomId, limit } = input;
  const access = await requireMember(userId, roomId);
  const { lastSeq } = access;
  if (input.around !== undefined) {
    const target = await requireMessage(userId, input.around);
    if (target.roomId !== roomId) throw notFound("This message");
    const from = Math.max(1, Math.min(target.seq - Math.floor(limit / 2), lastSeq - limit + 1));
    return pageOf(await history(userId, access, from, from + limit - 1), lastSeq);
  }
  if (input.cursor === undefined) return newestPage(roomId, lastSeq, limit);
  const [direction, seq] = readCursor<[string, number]>(list, input.cursor, ["string", "number"]);
  if (direction !== "older" && direction !== "newer") throw badCursor();
  const [from, to] = direction === "older" ? [seq - limit, seq - 1] : [seq + 1, seq + limit];
  return pageOf(await history(userId, access, from, to), lastSeq);
}

/**
 * What changed in a room after `since`: current states by `rev`, and the `rev` to ask from next.
 * @throws {AppError} `not_found` for a stranger.
 */
export async function changes(
  userId: string,
  input: { roomId: string; since: number; limit: number },
): Promise<MessageChanges> {
  const { roomId, since, limit } = input;
  // The head is read before the messages: whatever it counts is committed, so the messages hold it.
  const { rev } = await requireMember(userId, roomId);
  return cut((await messagesChanged([{ roomId, since }], limit + 1)).get(roomId) ?? [], limit, rev);
}

/** Cuts what was read with one row to spare, and says from where to go on. */
export function cut(messages: Message[], limit: number, head: number): MessageChanges {
  const more = messages.length > limit;
  const kept = more ? messages.slice(0, limit) : messages;
  const last = kept.at(-1)?.rev ?? 0;
  return { messages: kept, rev: more ? last : Math.max(head, last), more };
}
