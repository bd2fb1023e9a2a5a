import { setTimeout as wait } from "node:timers/promises";
import type { Pool } from "pg";

/** Longer than the slowest loop of a server that asks the database (checking access, every 5 s), in ms. */
const EVERY_LOOP_MS = 7_000;

async function counted(pool: Pool): Promise<Map<string, number>> {
  const { rows } = await pool.query<{ query: string; calls: string }>(
    `SELECT query, sum(calls) AS calls FROM pg_stat_statements
     WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND query NOT LIKE '%pg_stat_statements%'
     GROUP BY query`,
  );
  return new Map(rows.map(({ query, calls }) => [query, Number(calls)]));
}

/**
 * Which statements the database ran for `work`, and how often. What a server asks by itself is heard while nobody wants
 * anything, and left out. Only of a database started with `statements`.
 */
export async function statementsOf(pool: Pool, work: () => Promise<void>): Promise<Map<string, number>> {
  await pool.query("SELECT pg_stat_statements_reset()");
  await wait(EVERY_LOOP_MS);
  const idle = await counted(pool);
  await pool.query("SELECT pg_stat_statements_reset()");
  await work();
  const all = await counted(pool);
  return new Map([...all].filter(([text]) => !idle.has(text)));
}
