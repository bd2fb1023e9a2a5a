import { query, type Statement } from "@/lib/infra/database";
import { defect } from "@/lib/infra/failpoints";
import { publisher } from "@/lib/infra/publish";
import type { User } from "@/lib/protocol/objects";
import { requireMessage } from "./access";
import { readCursor, writeCursor } from "./cursor";
import { type UserRow, userView } from "./user-view";

/** Beyond this many members a read mark is told to the reader's own devices only: nobody shows that many faces. */
const MAX_AUDIENCE = 100;

/** Moves the mark up or not at all; the receipt names the newest message read. */
const moveUp: Statement<{ lastReadSeq: string; readAt: Date | null }> = {
  name: "read-mark",
  text: `
    WITH moved AS (
      UPDATE "RoomMember" SET "lastReadSeq" = $3 WHERE "roomId" = $1 AND "userId" = $2 AND "lastReadSeq" < $3
      RETURNING "lastReadSeq"
    ), receipt AS (
      INSERT INTO "ReadReceipt" ("roomId", "userId", "messageId", seq, "readAt")
      SELECT $1, $2, $4, $3, clock_timestamp() FROM moved
      ON CONFLICT ("roomId", "userId") DO UPDATE
        SET "messageId" = excluded."messageId", seq = excluded.seq, "readAt" = excluded."readAt"
        WHERE "ReadReceipt".seq < excluded.seq
      RETURNING "readAt"
    )
    SELECT coalesce((SELECT "lastReadSeq" FROM moved), m."lastReadSeq") AS "lastReadSeq",
           coalesce((SELECT "readAt" FROM receipt), (SELECT date_trunc('milliseconds', clock_timestamp()) FROM moved)) AS "readAt"
    FROM "RoomMember" m WHERE m."roomId" = $1 AND m."userId" = $2`,
};

/**
 * Marks a room as read up to a message; never moves backwards.
 * @throws {AppError} `not_found`
 */
export async function markRead(userId: string, messageId: string): Promise<{ roomId: string; lastReadSeq: number }> {
  const { roomId, seq, memberCount } = await requireMessage(userId, messageId);
  const [row] = await query(moveUp, [roomId, userId, seq, messageId]);
  const lastReadSeq =
    Number(row?.lastReadSeq ?? seq) + (process.env.PARLEY_FAILPOINTS === "built-in" && defect("miscount") ? 1 : 0);
  if (row?.readAt) {
    const audience = memberCount > MAX_AUDIENCE ? { users: [userId] } : { room: roomId };
    const readAt = row.readAt.toISOString();
    publisher.get().emit(audience, "message:read", { roomId, userId, messageId, lastReadSeq, readAt });
  }
  return { roomId, lastReadSeq };
}

const readers: Statement<UserRow & { seq: string; readAt: Date }> = {
  name: "readers",
  text: `
    SELECT u.*, x.seq, x."readAt" FROM "ReadReceipt" x
    JOIN "RoomMember" m ON m."roomId" = x."roomId" AND m."userId" = x."userId"
    JOIN "User" u ON u.id = x."userId"
    WHERE x."roomId" = $1 AND x.seq >= $2 AND x."userId" <> $3 AND (x.seq, x."userId") > ($4::bigint, $5)
    ORDER BY x.seq, x."userId" LIMIT $6`,
};

/**
 * Who has read a message, its author left out; `readAt` is when each last moved their mark.
 * @throws {AppError} `not_found`
 */
export async function readsOf(
  userId: string,
  messageId: string,
  input: { cursor?: string | undefined; limit: number },
): Promise<{ reads: { user: User; readAt: string }[]; next: string | null }> {
  const { roomId, seq, authorId } = await requireMessage(userId, messageId);
  const [afterSeq, afterId] = input.cursor
    ? readCursor<[number, string]>("reads", input.cursor, ["number", "string"])
    : [0, ""];
  const rows = await query(readers, [roomId, seq, authorId, afterSeq, afterId, input.limit + 1]);
  const kept = rows.slice(0, input.limit);
  const last = kept.at(-1);
  return {
    reads: kept.map((row) => ({ user: userView(row), readAt: row.readAt.toISOString() })),
    next: rows.length > input.limit && last ? writeCursor("reads", Number(last.seq), last.id) : null,
  };
}
