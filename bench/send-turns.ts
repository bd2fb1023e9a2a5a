import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Pool } from "pg";
import { Crowd, type Member, type Window } from "./crowd";
import { cpuOf, cpuOfTree } from "./machine";
import { quantile } from "./report";
import { type Database, type Running, startBare, startDatabase, startParley } from "./servers";

/** `bare` stores nothing; `insert` and `prisma` store each message by itself; the others are our server, by kind of client. */
export type Name = "bare" | "insert" | "prisma" | "batching" | "single";

export interface Contender {
  name: Name;
  server: Running;
  members: Member[];
}

export interface Run extends Window {
  /** Seconds of the server's CPU per million deliveries. */
  cpu: number;
  /** Shares of a core, 0 to 1. */
  serverLoad: number;
  databaseLoad: number;
  /** Of a plain INSERT by this process meanwhile, in ms; NaN where nobody asked. */
  commitP50: number;
}

export type Runs = Map<Name, Run[]>;

export const of = (runs: Runs, name: Name, key: keyof Run) => (runs.get(name) ?? []).map((run) => run[key]);

/** In ms, between two INSERTs that time a commit: seldom enough to be no load. */
const COMMIT_EVERY_MS = 25;

/** How long a durable commit takes while `work` runs: the median of plain INSERTs from here, in ms. */
export async function commitsDuring(pool: Pool, work: () => Promise<Window>): Promise<{ window: Window; p50: number }> {
  await pool.query("CREATE TABLE IF NOT EXISTS bench_commit (at timestamptz)");
  const times: number[] = [];
  let ended = false;
  const timing = (async () => {
    while (!ended) {
      const since = performance.now();
      await pool.query({ name: "commit", text: "INSERT INTO bench_commit VALUES (now())" });
      times.push(performance.now() - since);
      await new Promise((resolve) => setTimeout(resolve, COMMIT_EVERY_MS));
    }
  })();
  const window = await work();
  ended = true;
  await timing;
  return { window, p50: quantile(times, 0.5) };
}

export interface Turns {
  rounds: number;
  run(crowd: Crowd): Promise<Window>;
  database: Database;
  timeCommits?: boolean;
  /** Names the profile that is written where BENCH_PROFILE names a directory. */
  label: string;
}

/**
 * Runs the contenders in turns, so that a change of the machine's mood meets all of them; the first round warms up.
 * BENCH_PROFILE=DIRECTORY adds one window of ours under the profiler, whose numbers do not count.
 */
export async function inTurns(contenders: Contender[], turns: Turns): Promise<Runs> {
  const { rounds, run, database, timeCommits = false, label } = turns;
  const crowds: { contender: Contender; crowd: Crowd }[] = [];
  for (const contender of contenders) {
    // Those who store each message by itself announce them as their commits end, in any order.
    const places = contender.name !== "insert" && contender.name !== "prisma";
    crowds.push({ contender, crowd: await Crowd.connect(contender.server.port, contender.members, { places }) });
  }
  const runs: Runs = new Map(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const { contender, crowd } of crowds) {
      const pid = contender.server.pid;
      const [server, stored] = [cpuOf(pid) ?? Number.NaN, cpuOfTree(database.pid) ?? Number.NaN];
      const { window, p50 } = timeCommits
        ? await commitsDuring(database.pool, () => run(crowd))
        : { window: await run(crowd), p50: Number.NaN };
      const used = (cpuOf(pid) ?? Number.NaN) - server;
      const stores = (cpuOfTree(database.pid) ?? Number.NaN) - stored;
      if (round === 0) continue;
      runs.get(contender.name)?.push({
        ...window,
        cpu: (used / (window.deliveries * window.seconds)) * 1e6,
        serverLoad: used / window.seconds,
        databaseLoad: stores / window.seconds,
        commitP50: p50,
      });
    }
  }
  const ours = crowds.find(({ contender }) => contender.name === "batching");
  if (process.env.BENCH_PROFILE && ours) {
    const profile = await ours.contender.server.profile(async () => void (await run(ours.crowd)));
    await mkdir(process.env.BENCH_PROFILE, { recursive: true });
    await writeFile(join(process.env.BENCH_PROFILE, `${label}.cpuprofile`), JSON.stringify(profile));
  }
  for (const { crowd } of crowds) crowd.close();
  return runs;
}

export interface Arena {
  database: Database;
  bare: Running;
  insert: Running;
  parley: Running;
}

/** The servers and their database, for as long as `work` takes. */
export async function sideBySide<T>(work: (arena: Arena) => Promise<T>): Promise<T> {
  const database = await startDatabase();
  const bare = await startBare();
  const insert = await startBare({ store: { by: "insert", databaseUrl: database.url } });
  const parley = await startParley({ DATABASE_URL: database.url }, { probe: Boolean(process.env.BENCH_PROFILE) });
  try {
    return await work({ database, bare, insert, parley });
  } finally {
    await parley.stop();
    await insert.stop();
    await bare.stop();
    await database.stop();
  }
}
