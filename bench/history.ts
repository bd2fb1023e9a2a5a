import type { Pool } from "pg";
import type { Person } from "./people";

/**
 * Words a text is made of, the first ones far more often, as in a language. Each text depends on its room and place: what
 * depended on less would be made once and kept by the planner's choice.
 */
const WORDS = 5_000;

/**
 * As many more messages in each of these rooms, straight into the tables; without triggers, because what they check is
 * known to hold.
 */
export async function fillRooms(pool: Pool, roomIds: string[], author: Person, count: number): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query("SET session_replication_role = replica");
    await client.query(
      `INSERT INTO "Message" (id, "roomId", "userId", seq, rev, "clientId", digest, content, mentions, "createdAt")
       SELECT 'c' || lpad((r."lastSeq" + n)::text, 10, '0') || right(r.id, 14), r.id, $2, r."lastSeq" + n, r.rev + n,
              'filled-' || right(r.id, 14) || (r."lastSeq" + n), 'none', t.words,
              '{}', now() - (($3::int - n) || ' s')::interval
       FROM "Room" r CROSS JOIN generate_series(1, $3::int) AS n
       CROSS JOIN LATERAL (
         SELECT string_agg('word' || floor(${WORDS} * random() ^ 3)::int, ' ') AS words
         FROM generate_series(1, 8 + (n + ascii(right(r.id, 1))) % 2) ) t
       WHERE r.id = ANY($1::text[])`,
      [roomIds, author.userId, count],
    );
    await client.query(
      `UPDATE "Room" SET "lastSeq" = "lastSeq" + $2, rev = rev + $2, "lastMessageAt" = now() WHERE id = ANY($1::text[])`,
      [roomIds, count],
    );
    await client.query("SET session_replication_role = DEFAULT");
  } finally {
    client.release();
  }
}
