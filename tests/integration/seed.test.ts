import { Pool } from "pg";
import { digestOf } from "@/lib/domain/send-queue";
import { seed } from "@/scripts/demo/seed";
import { atEnd } from "../harness/cleanup";
import { testDatabase } from "../harness/postgres";

async function emptyPool(): Promise<Pool> {
  const pool = new Pool({ connectionString: await testDatabase(), max: 2 });
  atEnd(() => pool.end());
  return pool;
}

/** Each names rows that break a promise of the schema; all must be empty. */
const broken: Record<string, string> = {
  "places 1 to lastSeq": `
    SELECT r.id FROM "Room" r LEFT JOIN "Message" m ON m."roomId" = r.id GROUP BY r.id
    HAVING count(m.id) <> r."lastSeq" OR coalesce(max(m.seq), 0) <> r."lastSeq" OR coalesce(min(m.seq), 1) <> 1`,
  "the room's rev is its newest change's": `
    SELECT r.id FROM "Room" r LEFT JOIN "Message" m ON m."roomId" = r.id GROUP BY r.id HAVING coalesce(max(m.rev), 0) <> r.rev`,
  "every change counted once": `
    SELECT r.id FROM "Room" r JOIN "Message" m ON m."roomId" = r.id GROUP BY r.id
    HAVING bool_and(m."deletedAt" IS NULL) AND r.rev <> count(*)
      + (SELECT count(*) FROM "Reaction" x JOIN "Message" q ON q.id = x."messageId" WHERE q."roomId" = r.id)
      + (SELECT count(*) FROM "MessageVersion" v JOIN "Message" q ON q.id = v."messageId" WHERE q."roomId" = r.id)`,
  "newest message's time": `
    SELECT r.id FROM "Room" r JOIN "Message" m ON m."roomId" = r.id AND m.seq = r."lastSeq" WHERE m."createdAt" <> r."lastMessageAt"`,
  "times in the order of places": `
    SELECT m.id FROM "Message" m JOIN "Message" n ON n."roomId" = m."roomId" AND n.seq = m.seq + 1
    WHERE n."createdAt" < m."createdAt" OR n."createdAt" > now()`,
  "members counted": `
    SELECT r.id FROM "Room" r WHERE r."memberCount" <> (SELECT count(*) FROM "RoomMember" m WHERE m."roomId" = r.id)`,
  "authors are members": `
    SELECT m.id FROM "Message" m LEFT JOIN "RoomMember" x ON x."roomId" = m."roomId" AND x."userId" = m."userId" WHERE x."userId" IS NULL`,
  "mentions of others are indexed": `
    WITH named AS (SELECT m.id, x, m."roomId", m.seq FROM "Message" m, unnest(m.mentions) x WHERE x <> m."userId")
    (TABLE named EXCEPT SELECT "messageId", "userId", "roomId", seq FROM "Mention")
    UNION ALL (SELECT "messageId", "userId", "roomId", seq FROM "Mention" EXCEPT TABLE named)`,
  "receipts name the message at the mark": `
    SELECT x."userId" FROM "RoomMember" x LEFT JOIN "ReadReceipt" p ON p."roomId" = x."roomId" AND p."userId" = x."userId"
    LEFT JOIN "Message" m ON m.id = p."messageId"
    WHERE x."lastReadSeq" > 0 AND (m.seq IS DISTINCT FROM x."lastReadSeq" OR p.seq <> m.seq OR m."roomId" <> x."roomId")`,
  "marks within the room": `
    SELECT x."userId" FROM "RoomMember" x JOIN "Room" r ON r.id = x."roomId" WHERE x."lastReadSeq" > r."lastSeq"`,
  "replies stay in their room and look back": `
    SELECT m.id FROM "Message" m JOIN "Message" q ON q.id = m."replyToId" WHERE q."roomId" <> m."roomId" OR q.seq >= m.seq`,
  "deleted messages are empty": `
    SELECT id FROM "Message" m WHERE "deletedAt" IS NOT NULL
      AND (content <> '' OR mentions <> '{}' OR EXISTS (SELECT FROM "Reaction" x WHERE x."messageId" = m.id))`,
  "slots that nobody filled": `SELECT content FROM "Message" WHERE content ~ '\\{[a-z]+(:\\d+-\\d+)?\\}'`,
};

describe("the demo server", () => {
  test("keeps every promise of the tables", async () => {
    const pool = await emptyPool();
    const { people, rooms } = await seed(pool, { now: new Date(Date.now() - 1_000) });
    expect(people).toHaveLength(30);
    expect(rooms.filter(({ kind }) => kind === "room")).toHaveLength(12);
    expect(rooms.reduce((sum, room) => sum + room.messages, 0)).toBe(5_000);
    for (const [promise, sql] of Object.entries(broken)) {
      expect([promise, (await pool.query(sql)).rows]).toEqual([promise, []]);
    }
    const { rows } = await pool.query<{ roomId: string; content: string; replyToId: string | null; digest: string }>(
      `SELECT "roomId", content, "replyToId", digest FROM "Message" WHERE "editedAt" IS NULL AND "deletedAt" IS NULL`,
    );
    for (const { roomId, content, replyToId, digest } of rows) {
      expect(digest).toBe(digestOf({ roomId, content, replyToId: replyToId ?? undefined }));
    }
  });

  test("leaves its owner something to read, with mentions", async () => {
    const pool = await emptyPool();
    const { people } = await seed(pool);
    const { rows } = await pool.query<{ unread: number; mentions: number }>(
      `SELECT (r."lastSeq" - x."lastReadSeq")::int AS unread,
              (SELECT count(*)::int FROM "Mention" n WHERE n."userId" = x."userId" AND n."roomId" = r.id AND n.seq > x."lastReadSeq") AS mentions
       FROM "RoomMember" x JOIN "Room" r ON r.id = x."roomId" WHERE x."userId" = $1`,
      [people[0]?.id],
    );
    expect(rows.filter(({ unread }) => unread > 0).length).toBeGreaterThanOrEqual(6);
    expect(rows.filter(({ unread }) => unread === 0).length).toBeGreaterThanOrEqual(6);
    expect(rows.filter(({ mentions }) => mentions > 0).length).toBeGreaterThanOrEqual(5);
  });

  test("is the same each time, of any size, and never mixes with people who are there", async () => {
    const now = new Date("2026-03-11T14:00:00Z");
    const sizes = { people: 40, rooms: 20, messages: 900, now };
    const [one, other] = [await emptyPool(), await emptyPool()];
    expect(await seed(one, sizes)).toEqual(await seed(other, sizes));
    const all = `SELECT id, "roomId", seq, rev, content, "createdAt" FROM "Message" ORDER BY id`;
    expect((await one.query(all)).rows).toEqual((await other.query(all)).rows);
    await expect(seed(one, sizes)).rejects.toThrow("accounts already");
    expect((await one.query(all)).rowCount).toBe(900);
  });
});
