import { Client } from "pg";
import type { Reactions } from "@/lib/protocol/objects";

export interface TrueMessage {
  id: string;
  roomId: string;
  userId: string;
  clientId: string;
  seq: number;
  rev: number;
  content: string;
  edited: boolean;
  deleted: boolean;
  mentions: string[];
  reactions: Reactions;
}

export interface TrueMembership {
  roomId: string;
  userId: string;
  lastReadSeq: number;
  unread: number;
  mentions: number;
}

/** What is stored, asked with plain SQL that shares nothing with the server's. */
export interface Truth {
  rooms: Map<string, { rev: number; lastSeq: number; messages: TrueMessage[] }>;
  memberships: Map<string, Map<string, TrueMembership>>;
}

export async function readTruth(databaseUrl: string): Promise<Truth> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    // One snapshot for all that follows.
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    const rooms = await client.query(`SELECT id, rev::int, "lastSeq"::int FROM "Room" WHERE "archivedAt" IS NULL`);
    const messages = await client.query(`
      SELECT m.id, m."roomId", m."userId", m."clientId", m.seq::int, m.rev::int, m.content, m.mentions,
             m."editedAt" IS NOT NULL AS edited, m."deletedAt" IS NOT NULL AS deleted
      FROM "Message" m ORDER BY m.seq`);
    const reactions = await client.query(`
      SELECT "messageId", emoji, array_agg("userId" ORDER BY "userId") AS "userIds"
      FROM "Reaction" GROUP BY 1, 2`);
    const members = await client.query(`
      SELECT r."roomId", r."userId", r."lastReadSeq"::int,
        (SELECT count(*)::int FROM "Message" m WHERE m."roomId" = r."roomId" AND m.seq > r."lastReadSeq"
           AND m."userId" <> r."userId" AND m."deletedAt" IS NULL) AS unread,
        (SELECT count(*)::int FROM "Message" m WHERE m."roomId" = r."roomId" AND m.seq > r."lastReadSeq"
           AND m."userId" <> r."userId" AND m."deletedAt" IS NULL AND r."userId" = ANY(m.mentions)) AS mentions
      FROM "RoomMember" r`);
    const truth: Truth = { rooms: new Map(), memberships: new Map() };
    for (const { id, rev, lastSeq } of rooms.rows) truth.rooms.set(id, { rev, lastSeq, messages: [] });
    const byId = new Map<string, TrueMessage>();
    for (const row of messages.rows) {
      const message: TrueMessage = { ...row, reactions: [] };
      byId.set(message.id, message);
      truth.rooms.get(message.roomId)?.messages.push(message);
    }
    for (const { messageId, emoji, userIds } of reactions.rows) byId.get(messageId)?.reactions.push({ emoji, userIds });
    for (const row of members.rows as TrueMembership[]) {
      const mine = truth.memberships.get(row.userId) ?? new Map<string, TrueMembership>();
      truth.memberships.set(row.userId, mine.set(row.roomId, row));
    }
    return truth;
  } finally {
    await client.end();
  }
}
