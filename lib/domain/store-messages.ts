import { query, type Statement } from "@/lib/infra/database";
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
 */
const store: Statement<StoreRow> = {
  name: "store-messages",
  text: `
    WITH input AS (
      SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::"MessageType"[], $7::text[], $8::text[], $9::text[])
        WITH ORDINALITY AS t(id, room_id, user_id, client_id, digest, type, content, reply_to, names, ord)
    ), known AS MATERIALIZED (
      SELECT i.ord, m.id, m."roomId", m.digest
      FROM input i JOIN "Message" m ON m."userId" = i.user_id AND m."clientId" = i.client_id
    ), room AS MATERIALIZED (
      SELECT id, kind, "lastSeq", rev FROM "Room"
      WHERE id = ANY($2::text[]) AND "archivedAt" IS NULL ORDER BY id FOR NO KEY UPDATE
    ), sender AS MATERIALIZED (
      SELECT m."roomId", m."userId"
      FROM (SELECT DISTINCT room_id, user_id FROM input) i
      JOIN room ON room.id = i.room_id
      JOIN "RoomMember" m ON m."roomId" = i.room_id AND m."userId" = i.user_id
      FOR KEY SHARE OF m
    ), accepted AS MATERIALIZED (
      SELECT i.*,
             room."lastSeq" + row_number() OVER (PARTITION BY i.room_id ORDER BY i.ord) AS seq,
             room.rev + row_number() OVER (PARTITION BY i.room_id ORDER BY i.ord) AS rev,
             CASE WHEN i.names = '' THEN '{}' ELSE ARRAY(
               SELECT u.id FROM "User" u JOIN "RoomMember" rm ON rm."userId" = u.id AND rm."roomId" = i.room_id
               WHERE u.username = ANY(string_to_array(i.names, ' ')) ORDER BY u.id) END AS mentions
      FROM input i
      JOIN room ON room.id = i.room_id
      JOIN sender s ON s."roomId" = i.room_id AND s."userId" = i.user_id
      WHERE NOT EXISTS (SELECT FROM known k WHERE k.ord = i.ord)
        AND (i.reply_to IS NULL OR EXISTS (
          SELECT FROM "Message" q WHERE q.id = i.reply_to AND q."roomId" = i.room_id AND q."deletedAt" IS NULL))
    ), stored AS (
      INSERT INTO "Message" (id, "roomId", "userId", seq, rev, "clientId", digest, type, content, "replyToId", mentions, "createdAt")
      SELECT id, room_id, user_id, seq, rev, client_id, digest, type, content, reply_to, mentions, clock_timestamp() FROM accepted
      RETURNING *
    ), counted AS (
      UPDATE "Room" r SET "lastSeq" = a.seq, rev = a.rev, "lastMessageAt" = clock_timestamp()
      FROM (SELECT room_id, max(seq) AS seq, max(rev) AS rev FROM accepted GROUP BY room_id) a
      WHERE r.id = a.room_id
    ), mentioned AS (
      INSERT INTO "Mention" ("userId", "roomId", seq, "messageId")
      SELECT unnest(mentions), room_id, seq, id FROM accepted WHERE names <> ''
    )
    SELECT i.ord, s.id IS NOT NULL AS stored, se."userId" IS NOT NULL AS member, room.kind,
           k.id AS "knownId", k."roomId" AS "knownRoomId", k.digest AS "knownDigest",
           s.id, s."roomId", s.seq, s.rev, s."clientId", s.type, s.content, s."threadId", s.mentions,
           s."createdAt", s."editedAt", s."deletedAt", s."pinnedAt", s."userId", ${authorAndReply.columns},
           NULL AS reactions
    FROM input i
    LEFT JOIN known k ON k.ord = i.ord
    LEFT JOIN room ON room.id = i.room_id
    LEFT JOIN sender se ON se."roomId" = i.room_id AND se."userId" = i.user_id
    LEFT JOIN (stored s ${authorAndReply.joins("s")}) ON s."clientId" = i.client_id AND s."userId" = i.user_id
    ORDER BY i.ord`,
};

function result(row: StoreRow): StoreResult {
  // A row of `stored` holds every column of a message, and `room` held it locked.
  if (row.stored) return { outcome: "stored", row: row as MessageRow, kind: row.kind as Room["kind"] };
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
  return rows.map(result);
}
