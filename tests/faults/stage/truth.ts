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

export interface TrueRoom {
  rev: number;
  lastSeq: number;
  messages: TrueMessage[];
  /** Every change number that was ever written to one of its messages, in the order of writing. */
  revs: number[];
}

/**
 * Has the database itself note every change number that is written to a message. The messages alone show only the last of each,
 * so that a number that was never given, or given twice, would not be seen.
 */
export async function watchChanges(databaseUrl: string): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(`
      CREATE TABLE watched_change (id bigserial, room_id text NOT NULL, rev bigint NOT NULL);
      CREATE FUNCTION watch_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN INSERT INTO watched_change (room_id, rev) VALUES (NEW."roomId", NEW.rev); RETURN NULL; END $$;
      CREATE TRIGGER watch_insert AFTER INSERT ON "Message" FOR EACH ROW EXECUTE FUNCTION watch_change();
      CREATE TRIGGER watch_update AFTER UPDATE OF rev ON "Message" FOR EACH ROW
        WHEN (OLD.rev IS DISTINCT FROM NEW.rev) EXECUTE FUNCTION watch_change();`);
  } finally {
    await client.end();
  }
}

/** The counters alone: a cheap look at whether the whole comparison is worth while yet. */
export async function readHeads(databaseUrl: string): Promise<Map<string, number>> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query(`SELECT id, rev::int FROM "Room" WHERE "archivedAt" IS NULL`);
    return new Map(rows.map((row) => [row.id, row.rev]));
  } finally {
    await client.end();
  }
}

/** What is stored, asked with plain SQL that shares nothing with the server's. */
export interface Truth {
  rooms: Map<string, TrueRoom>;
  memberships: Map<string, Map<string, TrueMembership>>;
}

export async function readTruth(databaseUrl: string, roomIds: readonly string[]): Promise<Truth> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    // One snapshot for all that follows.
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    const rooms = await client.query(
      `SELECT id, rev::int, "lastSeq"::int FROM "Room" WHERE "archivedAt" IS NULL AND id = ANY($1)`,
      [roomIds],
    );
    const messages = await client.query(
      `
      SELECT m.id, m."roomId", m."userId", m."clientId", m.seq::int, m.rev::int, m.content, m.mentions,
             m."editedAt" IS NOT NULL AS edited, m."deletedAt" IS NOT NULL AS deleted
      FROM "Message" m WHERE m."roomId" = ANY($1) ORDER BY m.seq`,
      [roomIds],
    );
    const changes = await client.query(
      `SELECT room_id, array_agg(rev::int ORDER BY id) AS revs FROM watched_change WHERE room_id = ANY($1) GROUP BY 1`,
      [roomIds],
    );
    const reactions = await client.query(`
      SELECT "messageId", emoji, array_agg("userId" ORDER BY "userId") AS "userIds"
      FROM "Reaction" GROUP BY 1, 2`);
    const members = await client.query(
      `
      SELECT r."roomId", r."userId", r."lastReadSeq"::int,
        (SELECT count(*)::int FROM "Message" m WHERE m."roomId" = r."roomId" AND m.seq > r."lastReadSeq"
           AND m."userId" <> r."userId" AND m."deletedAt" IS NULL) AS unread,
        (SELECT count(*)::int FROM "Message" m WHERE m."roomId" = r."roomId" AND m.seq > r."lastReadSeq"
           AND m."userId" <> r."userId" AND m."deletedAt" IS NULL AND r."userId" = ANY(m.mentions)) AS mentions
      FROM "RoomMember" r WHERE r."roomId" = ANY($1)`,
      [roomIds],
    );
    const truth: Truth = { rooms: new Map(), memberships: new Map() };
    for (const { id, rev, lastSeq } of rooms.rows) truth.rooms.set(id, { rev, lastSeq, messages: [], revs: [] });
    for (const { room_id, revs } of changes.rows) truth.rooms.get(room_id)?.revs.push(...revs);
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
