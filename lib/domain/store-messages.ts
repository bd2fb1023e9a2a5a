import { query, type Statement } from "@/lib/infra/database";
import { metrics } from "@/lib/infra/metrics";
import type { MessageType, Room } from "@/lib/protocol/objects";
import { authorAndReply, type MessageRow } from "./message-view";

/** A message that wants its place. */
export interface NewMessage {
  id: string;
  roomId: string;
  userId: string;
  clientId: string;
  digest: string;
  type: MessageType;
  content: string;
  replyToId: string | null;
  /** Lower-case usernames that the text names. */
  mentionNames: string[];
}

export type StoreResult =
  | { outcome: "stored"; row: MessageRow; kind: Room["kind"] }
  /** The sender has used this `clientId` before, for the message named here. */
  | { outcome: "known"; messageId: string; roomId: string; digest: string; member: boolean }
  | { outcome: "stranger" }
  | { outcome: "no-reply-target" };

interface StoreRow extends Partial<MessageRow> {
  ord: string;
  stored: boolean;
  member: boolean;
  kind: Room["kind"] | null;
  knownId: string | null;
  knownRoomId: string | null;
  knownDigest: string | null;
}

/**
 * Stores any number of messages of any rooms in one statement, which is one transaction.
 *
 * The rooms' rows are locked first, in id order; so place (`seq`), change number (`rev`) and commit have one order, no
 * number is lost, and two batches cannot wait for each other. The locks see what was committed while they waited,
 * the rest of the statement does not; therefore membership is read under a lock of its own (a removal that came
 * first is seen, one that comes later waits), and a `clientId` stored meanwhile fails the unique index, which
 * undoes all and is simply tried again. A known `clientId` takes no number.
 *
 * The plan is made once a connection, perhaps while the table is nearly empty, and has to be right for a million rows
 * too: known ids are looked up one by one (LIMIT keeps the planner from joining the whole table), and what is answered
 * comes from `accepted`, not from the rows stored, which it would have to find again.
 */
const store: Statement<StoreRow> = {
  name: "store-messages",
  text: `
    WITH input AS MATERIALIZED (
      SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::"MessageType"[], $7::text[], $8::text[], $9::text[])
        WITH ORDINALITY AS t(id, "roomId", "userId", "clientId", digest, type, content, "replyToId", names, ord)
    ), known AS MATERIALIZED (
      SELECT i.ord, m.id, m."roomId", m.digest
      FROM input i CROSS JOIN LATERAL (
        SELECT id, "roomId", digest FROM "Message" WHERE "userId" = i."userId" AND "clientId" = i."clientId" LIMIT 1) m
    ), room AS MATERIALIZED (
      SELECT id, kind, "lastSeq", rev FROM "Room"
      WHERE id = ANY($2::text[]) AND "archivedAt" IS NULL ORDER BY id FOR NO KEY UPDATE
    ), sender AS MATERIALIZED (
      SELECT i.ord, room.kind, room."lastSeq", room.rev
      FROM input i
      JOIN room ON room.id = i."roomId"
      JOIN "RoomMember" m ON m."roomId" = i."roomId" AND m."userId" = i."userId"
      FOR KEY SHARE OF m
    ), accepted AS MATERIALIZED (
      SELECT i.*, s.kind,
             s."lastSeq" + row_number() OVER (PARTITION BY i."roomId" ORDER BY i.ord) AS seq,
             s.rev + row_number() OVER (PARTITION BY i."roomId" ORDER BY i.ord) AS rev,
             clock_timestamp()::timestamptz(3) AS "createdAt",
             CASE WHEN i.names = '' THEN '{}' ELSE ARRAY(
               SELECT u.id FROM "User" u JOIN "RoomMember" rm ON rm."userId" = u.id AND rm."roomId" = i."roomId"
               WHERE u.username = ANY(string_to_array(i.names, ' ')) ORDER BY u.id) END AS mentions,
             ${authorAndReply.columns}
      FROM input i JOIN sender s ON s.ord = i.ord ${authorAndReply.joins("i")}
      WHERE NOT EXISTS (SELECT FROM known k WHERE k.ord = i.ord)
        AND (i."replyToId" IS NULL OR (q."roomId" = i."roomId" AND q."deletedAt" IS NULL))
    ), stored AS (
      INSERT INTO "Message" (id, "roomId", "userId", seq, rev, "clientId", digest, type, content, "replyToId", mentions, "createdAt")
      SELECT id, "roomId", "userId", seq, rev, "clientId", digest, type, content, "replyToId", mentions, "createdAt" FROM accepted
    ), counted AS (
      UPDATE "Room" r SET "lastSeq" = a.seq, rev = a.rev, "lastMessageAt" = a."createdAt"
      FROM (SELECT "roomId", max(seq) AS seq, max(rev) AS rev, max("createdAt") AS "createdAt" FROM accepted GROUP BY "roomId") a
      WHERE r.id = a."roomId"
    ), mentioned AS (
      INSERT INTO "Mention" ("userId", "roomId", seq, "messageId")
      SELECT unnest(mentions), "roomId", seq, id FROM accepted WHERE names <> ''
    )
    SELECT i.ord, a.id IS NOT NULL AS stored, s.ord IS NOT NULL AS member, a.kind,
           k.id AS "knownId", k."roomId" AS "knownRoomId", k.digest AS "knownDigest",
           a.seq, a.rev, a.mentions, a."createdAt", a.username, a."userName", a."userAvatar", a."userIsBot",
           a."replyId", a."replySeq", a."replyExcerpt", a."replyUserId", a."replyUsername", a."replyUserName"
    FROM input i
    LEFT JOIN known k ON k.ord = i.ord
    LEFT JOIN sender s ON s.ord = i.ord
    LEFT JOIN accepted a ON a.ord = i.ord
    ORDER BY i.ord`,
};

/** What the sender gave needs not come back from the database. */
function storedRow(message: NewMessage, row: StoreRow): MessageRow {
  const { id, roomId, userId, clientId, type, content } = message;
  const given = { id, roomId, userId, clientId, type, content, threadId: null };
  const untouched = { editedAt: null, deletedAt: null, pinnedAt: null, reactions: null };
  // `accepted` gives every column of what is left, and gave a row.
  return { ...(row as StoreRow & MessageRow), ...given, ...untouched };
}

function result(message: NewMessage, row: StoreRow): StoreResult {
  if (row.stored) return { outcome: "stored", row: storedRow(message, row), kind: row.kind as Room["kind"] };
  if (row.knownId !== null) {
    return {
      outcome: "known",
      messageId: row.knownId,
      roomId: row.knownRoomId ?? "",
      digest: row.knownDigest ?? "",
      member: row.member,
    };
  }
  return { outcome: row.member ? "no-reply-target" : "stranger" };
}

/**
 * Stores the messages, in this order within each room, all of them or (when it throws) none. Answers one result a
 * message. Two of the same sender and `clientId` must not be in one call.
 * @throws what PostgreSQL says: a unique violation when another process stored one of them meanwhile (try again).
 */
export async function storeMessages(messages: NewMessage[]): Promise<StoreResult[]> {
  const since = performance.now();
  const rows = await query(store, [
    messages.map((message) => message.id),
    messages.map((message) => message.roomId),
    messages.map((message) => message.userId),
    messages.map((message) => message.clientId),
    messages.map((message) => message.digest),
    messages.map((message) => message.type),
    messages.map((message) => message.content),
    messages.map((message) => message.replyToId),
    messages.map((message) => message.mentionNames.join(" ")),
  ]);
  metrics().storeSeconds.observe((performance.now() - since) / 1_000);
  metrics().storeBatch.observe(messages.length);
  return messages.map((message, index) => result(message, rows[index] as StoreRow));
}
