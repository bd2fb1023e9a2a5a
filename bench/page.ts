import type { Pool } from "pg";
import { writeCursor } from "@/lib/domain/cursor";
import { makePeople, makeRoom, type Person } from "./people";
import { type Measure, median, ratio, show } from "./report";
import { startDatabase, startParley } from "./servers";

/** As many messages, straight into the tables; without triggers, because what they check is known to hold. */
async function fill(pool: Pool, roomId: string, author: Person, count: number): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query("SET session_replication_role = replica");
    await client.query(
      `INSERT INTO "Message" (id, "roomId", "userId", seq, rev, "clientId", digest, content, mentions, "createdAt")
       SELECT 'c' || lpad(n::text, 10, '0') || right($1, 14), $1, $2, n, n, 'page-' || right($1, 14) || n, 'none',
              'What was said as number ' || n || ', in the words that people use', '{}', now() - (($3::int - n) || ' s')::interval
       FROM generate_series(1, $3::int) AS n`,
      [roomId, author.userId, count],
    );
    await client.query(`UPDATE "Room" SET "lastSeq" = $2, rev = $2 WHERE id = $1`, [roomId, count]);
    await client.query("SET session_replication_role = DEFAULT");
  } finally {
    client.release();
  }
}

async function timePages(url: string, { token }: Person, cursor: string | undefined, count: number): Promise<number> {
  const times: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const start = performance.now();
    const address = cursor ? `${url}&cursor=${cursor}` : url;
    const answer = await fetch(address, { headers: { authorization: `Bearer ${token}` } });
    const { messages } = (await answer.json()) as { messages?: unknown[] };
    if (messages?.length !== 50) throw new Error(`A page of 50 came with ${messages?.length} (${answer.status}).`);
    times.push(performance.now() - start);
  }
  return median(times);
}

/** The newest page, and one from the middle, of a long room beside those of a short one. */
export const page: Measure = async ({ quick }) => {
  const sizes = { short: 1_000, long: quick ? 100_000 : 1_000_000 };
  const database = await startDatabase();
  const [person] = await makePeople(database.pool, 1);
  if (!person) throw new Error("There is nobody to read.");
  const short = await makeRoom(database.pool, [person]);
  const long = await makeRoom(database.pool, [person]);
  await fill(database.pool, short, person, sizes.short);
  await fill(database.pool, long, person, sizes.long);
  await database.pool.query("ANALYZE");
  const parley = await startParley({ DATABASE_URL: database.url });
  try {
    const address = (roomId: string) => `http://127.0.0.1:${parley.port}/api/messages?roomId=${roomId}`;
    const cursorAt = (seq: number) => writeCursor("messages", "older", seq);
    const rounds = quick ? 3 : 7;
    const [newest, middle, base]: number[][] = [[], [], []];
    await timePages(address(short), person, undefined, 100);
    for (let round = 0; round < rounds; round += 1) {
      base?.push(await timePages(address(short), person, undefined, 60));
      newest?.push(await timePages(address(long), person, undefined, 60));
      middle?.push(await timePages(address(long), person, cursorAt(sizes.long / 2), 60));
    }
    const finding = (what: string, times: number[] = []) => ({
      what: `page of 50 of ${show(sizes.long)} messages, ${what}`,
      value: ratio(times, base ?? []),
      unit: "×" as const,
      goal: { at: "most" as const, value: 1.2 },
      detail: `${show(median(times))} / ${show(median(base ?? []))} ms, against a room of ${show(sizes.short)}`,
    });
    return [finding("newest", newest), finding("middle", middle)];
  } finally {
    await parley.stop();
    await database.stop();
  }
};
