import { Pool } from "pg";
import { fillRooms } from "./history";
import { cpuOf, cpuOfTree, watchCores } from "./machine";
import { makePeople, makeRoom, type Person } from "./people";
import { busiest, type Finding, type Measure, median, quantile, show } from "./report";
import { startDatabase, startParley } from "./servers";

const ROOMS = 100;

/**
 * The same question as somebody would write it who knows his rooms, has the index and needs nothing else: the best of the
 * newest 200 messages with a word that begins so, as they are stored, without whom they are from and what was answered.
 */
const byHand = `
  SELECT n.* FROM (
    SELECT m.* FROM "Message" m
    WHERE m."roomId" = ANY($1::text[]) AND m."deletedAt" IS NULL AND m.type <> 'system'
      AND message_search(m.content, m.type) @@ to_tsquery('parley', $2)
    ORDER BY m."createdAt" DESC, m.id DESC LIMIT 200) n
  ORDER BY round(ts_rank(message_search(n.content, n.type), to_tsquery('parley', $2), 1) * 1000000) DESC,
    n."createdAt" DESC, n.id DESC LIMIT 50`;

/** As the server's own connections have it. */
const planning = "-c jit=off -c max_parallel_workers_per_gather=0";

interface Asked {
  ms: number;
  /** Of what was found, the best first; undefined for a refusal: a search that takes 5 s is given up by the server. */
  ids: string[] | undefined;
}

async function ask(port: number, { token }: Person, query: string): Promise<Asked> {
  const start = performance.now();
  const answer = await fetch(`http://127.0.0.1:${port}/api/search?q=${encodeURIComponent(query)}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const { messages } = (await answer.json()) as { messages?: { id: string }[] };
  if (!answer.ok && answer.status !== 503) throw new Error(`A search was answered ${answer.status}.`);
  return { ms: performance.now() - start, ids: messages?.map(({ id }) => id) };
}

async function askByHand(pool: Pool, roomIds: string[], word: string): Promise<Asked> {
  const start = performance.now();
  const { rows } = await pool.query<{ id: string }>(byHand, [roomIds, `'${word}':*`]);
  return { ms: performance.now() - start, ids: rows.map(({ id }) => id) };
}

/** @throws {Error} unless both found the same: else they were not asked the same. */
function assertSame(ours: Asked, hand: Asked): void {
  if (!hand.ids?.length) throw new Error("Nothing was found of what is there.");
  if (ours.ids && ours.ids.join() !== hand.ids.join()) throw new Error("The search and the query by hand differ.");
}

/** How often the table of messages was read from end to end since the statistics were last reset. */
async function wholeReads(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ seq_scan: string }>(
    `SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'Message'`,
  );
  return Number(rows[0]?.seq_scan);
}

/** Beginnings of words that many, some and few messages hold, looked for in half of the rooms, beside the same by hand. */
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
  const pool = new Pool({ connectionString: database.url, max: 1, options: planning });
  const words = { "a frequent word": "word3", "a word of some": "word300", "a rare word": "word2500" };
  const findings: Finding[] = [];
  try {
    for (const [name, word] of Object.entries(words)) {
      const [ours, hand]: [number[], number[]] = [[], []];
      const cpu = { ours: 0, hand: 0 };
      const used = () => (cpuOf(parley.pid) ?? Number.NaN) + (cpuOfTree(database.pid) ?? Number.NaN);
      const both = async () => {
        const start = used();
        const searched = await ask(parley.port, person, word);
        const middle = used();
        const asked = await askByHand(pool, own, word);
        cpu.hand += used() - middle;
        cpu.ours += middle - start;
        assertSame(searched, asked);
        return [searched, asked] as const;
      };
      for (let index = 0; index < 5; index += 1) await both();
      Object.assign(cpu, { ours: 0, hand: 0 });
      let refusals = 0;
      const before = await wholeReads(database.pool);
      const shares = watchCores(parley.pid, database.pid);
      for (let index = 0; index < (quick ? 20 : 40); index += 1) {
        const [searched, asked] = await both();
        ours.push(searched.ms);
        hand.push(asked.ms);
        if (!searched.ids) refusals += 1;
      }
      const read = (await wholeReads(database.pool)) - before;
      if (read > 0) throw new Error(`A search read all messages ${read} times.`);
      findings.push({
        what: `search of ${show(total)} messages, ${name}: p95`,
        value: quantile(ours, 0.95) / quantile(hand, 0.95),
        unit: "×",
        goal: { at: "most", value: 2 },
        detail: `${show(quantile(ours, 0.95))} / ${show(quantile(hand, 0.95))} ms by hand, p50 ${show(median(ours))} / ${show(median(hand))} ms, CPU of server and database ${show(cpu.ours / cpu.hand)} ×, no sequential scan${refusals ? `, ${refusals} of ${ours.length} given up: ${parley.lastWords()}` : ""}`,
        bound: busiest(shares()),
      });
    }
  } finally {
    await pool.end();
    await parley.stop();
    await database.stop();
  }
  return findings;
};
