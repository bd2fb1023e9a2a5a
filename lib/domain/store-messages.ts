import { database, query, type Statement } from "@/lib/infra/database";
import { metrics } from "@/lib/infra/metrics";
import type { MessageType, Room } from "@/lib/protocol/objects";
import { EXCERPT, type MessageRow } from "./message-view";

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

/** What a message is given when it is stored: all that its sender does not know. */
type GivenColumns = "seq" | "rev" | "mentions" | "createdAt" | `user${"name" | "Name" | "Avatar" | "IsBot"}`;
/** Not asked for where no message of the batch is a reply. */
type ReplyColumns = `reply${"Id" | "Seq" | "Excerpt" | "UserId" | "Username" | "UserName"}`;

interface StoreRow extends Pick<MessageRow, GivenColumns>, Partial<Pick<MessageRow, ReplyColumns>> {
  stored: boolean;
  member: boolean;
  kind: Room["kind"] | null;
  knownId: string | null;
  knownRoomId: string | null;
  knownDigest: string | null;
}

/** What only replies need of the statement. */
const replies = {
  columns: `q.id AS "replyId", q.seq AS "replySeq", q.excerpt AS "replyExcerpt",
             q."userId" AS "replyUserId", q.username AS "replyUsername", q.name AS "replyUserName",`,
  found: `AND (i."replyToId" IS NULL OR q.id IS NOT NULL)`,
  join: `
      LEFT JOIN LATERAL (
        SELECT o.*, ou.username, ou.name
        FROM (SELECT id, "roomId", "userId", seq, left(content, ${EXCERPT}) AS excerpt, "deletedAt"
              FROM "Message" WHERE id = i."replyToId" LIMIT 1) o
        CROSS JOIN LATERAL (SELECT username, name FROM "User" WHERE id = o."userId" LIMIT 1) ou
        WHERE o."roomId" = i."roomId" AND o."deletedAt" IS NULL) q ON true`,
};

/** What only mentions need of it. */
const mentions = {
  column: `CASE WHEN l.names = '' OR NOT l.stored THEN '{}' ELSE ARRAY(
               SELECT n.id FROM "User" n CROSS JOIN LATERAL (
                 SELECT FROM "RoomMember" WHERE "roomId" = l."roomId" AND "userId" = n.id LIMIT 1) rm
               WHERE n.username = ANY(string_to_array(l.names, ' ')) ORDER BY n.id) END`,
  stored: `, mentioned AS (
      INSERT INTO "Mention" ("userId", "roomId", seq, "messageId")
      SELECT named, "roomId", seq, id FROM placed, unnest(mentions) named
      WHERE names <> '' AND stored AND named <> "userId"
    )`,
};

/**
 * Stores any number of messages of any rooms in one statement, which is one transaction.
 *
 * The rooms' rows are locked first, in id order; so place (`seq`), change number (`rev`) and commit have one order, no
 * number is lost, and two batches cannot wait for each other. The locks see what was committed while they waited,
 * the rest of the statement does not; therefore membership is read under a lock of its own (a removal that came
 * first is seen, one that comes later waits), and a `clientId` stored meanwhile fails the unique index, which
 * undoes all and is simply tried again. A known `clientId` takes no number.
 *
 * The plan is made once a connection, perhaps while the tables are nearly empty, and has to be right for a million rows
 * too: what a message needs is looked up for each by itself (LATERAL with LIMIT or a lock, which the planner cannot turn
 * into a join of whole tables), on connections that prefer indexes (`sends` in lib/infra/database.ts). All that is found
 * out stands in `placed`, which is stored, counted and answered without being joined again.
 */
const storing = (full: boolean) => `
    WITH input AS MATERIALIZED (
      SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::"MessageType"[], $7::text[]${full ? ", $8::text[], $9::text[]" : ""})
        WITH ORDINALITY AS t(id, "roomId", "userId", "clientId", digest, type, content, ${full ? `"replyToId", names, ` : ""}ord)
    ), room AS MATERIALIZED (
      SELECT id, kind, "lastSeq", rev FROM "Room"
      WHERE id = ANY($2::text[]) AND "archivedAt" IS NULL ORDER BY id FOR NO KEY UPDATE
    ), looked_up AS MATERIALIZED (
      SELECT i.*, room.kind, room."lastSeq", room.rev AS "roomRev", m.member IS NOT NULL AS member,
             k.id AS "knownId", k."roomId" AS "knownRoomId", k.digest AS "knownDigest",
             u.username, u.name AS "userName", u.avatar AS "userAvatar", u."isBot" AS "userIsBot",
             ${full ? replies.columns : ""}
             m.member IS NOT NULL AND k.id IS NULL ${full ? replies.found : ""} AS stored
      FROM input i
      LEFT JOIN room ON room.id = i."roomId"
      LEFT JOIN LATERAL (
        SELECT true AS member FROM "RoomMember" WHERE "roomId" = room.id AND "userId" = i."userId" FOR KEY SHARE) m ON true
      LEFT JOIN LATERAL (
        SELECT id, "roomId", digest FROM "Message"
        WHERE "userId" = i."userId" AND "clientId" = i."clientId" LIMIT 1) k ON true
      LEFT JOIN LATERAL (
        SELECT username, name, avatar, "isBot" FROM "User" WHERE id = i."userId" LIMIT 1) u ON true${full ? replies.join : ""}
    ), placed AS MATERIALIZED (
      SELECT l.*,
             l."lastSeq" + row_number() OVER place AS seq,
             l."roomRev" + row_number() OVER place AS rev,
             clock_timestamp()::timestamptz(3) AS "createdAt",
             ${full ? mentions.column : "'{}'::text[]"} AS mentions
      FROM looked_up l
      WINDOW place AS (PARTITION BY l."roomId", l.stored ORDER BY l.ord)
    ), added AS (
      INSERT INTO "Message" (id, "roomId", "userId", seq, rev, "clientId", digest, type, content, mentions, "createdAt"${full ? `, "replyToId"` : ""})
      SELECT id, "roomId", "userId", seq, rev, "clientId", digest, type, content, mentions, "createdAt"${full ? `, "replyToId"` : ""}
      FROM placed WHERE stored
    ), counted AS (
      UPDATE "Room" r SET "lastSeq" = a.seq, rev = a.rev, "lastMessageAt" = a."createdAt"
      FROM (SELECT "roomId", max(seq) AS seq, max(rev) AS rev, max("createdAt") AS "createdAt"
            FROM placed WHERE stored GROUP BY "roomId") a
      WHERE r.id = a."roomId"
    )${full ? mentions.stored : ""}
    SELECT stored, member, kind, "knownId", "knownRoomId", "knownDigest",
           seq, rev, mentions, "createdAt", username, "userName", "userAvatar", "userIsBot"
           ${full ? `, "replyId", "replySeq", "replyExcerpt", "replyUserId", "replyUsername", "replyUserName"` : ""}
    FROM placed ORDER BY ord`;

const storeFull: Statement<StoreRow> = { name: "store-messages", text: storing(true) };
/** For a batch without replies and mentions, as most are: what is not in a plan need not be set up for each batch. */
const storePlain: Statement<StoreRow> = { name: "store-plain-messages", text: storing(false) };

/** What the sender gave needs not come back from the database. */
function storedRow(message: NewMessage, row: StoreRow): MessageRow {
  return {
    id: message.id,
    roomId: message.roomId,
    seq: row.seq,
    rev: row.rev,
    clientId: message.clientId,
    type: message.type,
    content: message.content,
    threadId: null,
    mentions: row.mentions,
    createdAt: row.createdAt,
    editedAt: null,
    deletedAt: null,
    pinnedAt: null,
    userId: message.userId,
    username: row.username,
    userName: row.userName,
    userAvatar: row.userAvatar,
    userIsBot: row.userIsBot,
    replyId: row.replyId ?? null,
    replySeq: row.replySeq ?? null,
    replyExcerpt: row.replyExcerpt ?? null,
    replyUserId: row.replyUserId ?? null,
    replyUsername: row.replyUsername ?? null,
    replyUserName: row.replyUserName ?? null,
    reactions: null,
  };
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
  const full = messages.some(({ replyToId, mentionNames }) => replyToId !== null || mentionNames.length > 0);
  const values: unknown[] = [
    messages.map((message) => message.id),
    messages.map((message) => message.roomId),
    messages.map((message) => message.userId),
    messages.map((message) => message.clientId),
    messages.map((message) => message.digest),
    messages.map((message) => message.type),
    messages.map((message) => message.content),
  ];
  if (full) {
    values.push(
      messages.map((message) => message.replyToId),
      messages.map((message) => message.mentionNames.join(" ")),
    );
  }
  const rows = await query(full ? storeFull : storePlain, values, database.get().sends);
  metrics().storeSeconds.observe((performance.now() - since) / 1_000);
  metrics().storeBatch.observe(messages.length);
  return messages.map((message, index) => result(message, rows[index] as StoreRow));
}
