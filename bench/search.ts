import type { Pool } from "pg";
import { fillRooms } from "./history";
import { watchCores } from "./machine";
import { makePeople, makeRoom, type Person } from "./people";
import { busiest, type Finding, type Measure, median, quantile, show } from "./report";
import { startDatabase, startParley } from "./servers";

const ROOMS = 100;

/** As somebody would write it who has the index and needs nothing else: the best of the newest 200 in one's rooms. */
const byHand = `
  SELECT n.* FROM (
    SELECT m.* FROM "Message" m
    WHERE m."roomId" = ANY($1::text[]) AND m."deletedAt" IS NULL AND m.type <> 'system'
      AND message_search(m.content, m.type) @@ to_tsquery('parley', $2)
    ORDER BY m."createdAt" DESC, m.id DESC LIMIT 200) n
  ORDER BY ts_rank(message_search(n.content, n.type), to_tsquery('parley', $2), 1) DESC LIMIT 50`;

/** How long an answer took, in ms, and whether it was a refusal: a search that takes 5 s is given up by the server. */
async function ask(port: number, { token }: Person, query: string): Promise<{ ms: number; refused: boolean }> {
  const start = performance.now();
  const answer = await fetch(`http://127.0.0.1:${port}/api/search?q=${encodeURIComponent(query)}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const { messages } = (await answer.json()) as { messages?: unknown[] };
  if (answer.ok && !messages?.length) throw new Error("Nothing was found of what is there.");
  return { ms: performance.now() - start, refused: !answer.ok };
}

async function askByHand(pool: Pool, roomIds: string[], word: string): Promise<number> {
  const start = performance.now();
  await pool.query(byHand, [roomIds, word]);
  return performance.now() - start;
}

/** How often the table of messages was read from end to end since the statistics were last reset. */
async function wholeReads(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ seq_scan: string }>(
    `SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'Message'`,
  );
  return Number(rows[0]?.seq_scan);
}

/** Words that many, some and few messages hold, looked for in half of the rooms, beside the same query by hand. */
export const search: Measure = async ({ quick }) => {
  const total = quick ? 100_000 : 1_000_000;
  const database = await startDatabase();
  const [person, author] = await makePeople(database.pool, 2);
  if (!person || !author) throw new Error("There is nobody to search.");
  const roomIds: string[] = [];
  for (let index = 0; index < ROOMS; index += 1) {
    roomIds.push(await makeRoom(database.pool, index % 2 ? [author] : [person, author]));
  }
  await fillRooms(database.pool, roomIds, author, total / ROOMS);
  await database.pool.query(`VACUUM ANALYZE`);
  const own = roomIds.filter((_, index) => index % 2 === 0);
  const parley = await startParley({ DATABASE_URL: database.url });
  const words = { "a frequent word": "word3", "a word of some": "word300", "a rare word": "word2500" };
  const findings: Finding[] = [];
  try {
    for (const [name, word] of Object.entries(words)) {
      const [ours, hand]: [number[], number[]] = [[], []];
      for (let index = 0; index < 5; index += 1) {
        await ask(parley.port, person, word);
        await askByHand(database.pool, own, word);
      }
      let refusals = 0;
      const before = await wholeReads(database.pool);
      const shares = watchCores(parley.pid, database.pid);
      for (let index = 0; index < (quick ? 20 : 40); index += 1) {
        const { ms, refused } = await ask(parley.port, person, word);
        ours.push(ms);
        if (refused) refusals += 1;
        hand.push(await askByHand(database.pool, own, word));
      }
      const read = (await wholeReads(database.pool)) - before;
      if (read > 0) throw new Error(`A search read all messages ${read} times.`);
      findings.push({
        what: `search of ${show(total)} messages, ${name}: p95`,
        value: quantile(ours, 0.95) / quantile(hand, 0.95),
        unit: "×",
        goal: { at: "most", value: 2 },
        detail: `${show(quantile(ours, 0.95))} / ${show(quantile(hand, 0.95))} ms by hand, p50 ${show(median(ours))} / ${show(median(hand))} ms, ${refusals} of ${ours.length} given up, no sequential scan`,
        bound: busiest(shares()),
      });
    }
  } finally {
    await parley.stop();
    await database.stop();
  }
  return findings;
};
