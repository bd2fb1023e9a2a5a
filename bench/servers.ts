import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { Pool } from "pg";
import { startEmbeddedPostgres } from "@/lib/infra/embedded-postgres";
import { migrate } from "@/lib/infra/migrations";
import { freePort } from "@/lib/infra/postgres-program";
import { serverCommand } from "./machine";

export const root = resolve(import.meta.dirname, "..");
/** Known to this program, so that it can sign people's tokens itself. */
export const jwtSecret = randomBytes(48).toString("base64url");

export interface Running {
  port: number;
  pid: number;
  stop(): Promise<void>;
  /** The last line that it wrote: of what it complains. */
  lastWords(): string;
  /** Collects garbage, then says what is left. Only of a server that was started with `probe`. */
  memory(): Promise<NodeJS.MemoryUsage>;
  /** How late the event loop's timers came while `work` ran, in ms. Only of a server that was started with `probe`. */
  loopDelays(work: () => Promise<void>): Promise<number[]>;
  /** Where processor time went while `work` ran, as Chrome's tools read it. Only of a server that was started with `probe`. */
  profile(work: () => Promise<void>): Promise<object>;
}

interface LaunchOptions {
  /** Loads bench/probe.mjs into the server. */
  probe?: boolean;
}

/** How long a server may take to start, or to end before it is killed, in ms. */
const START_MS = 60_000;
const END_MS = 15_000;

const children = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of children) child.kill("SIGKILL");
});

const databases = new Set<Database>();

/** Ends whatever a measure that failed has left. */
export async function stopLeftOvers(): Promise<void> {
  for (const child of children) child.kill("SIGKILL");
  children.clear();
  for (const database of databases) await database.stop();
}

/** Starts a server on the servers' core; resolves when its output says that it is ready. */
async function launch(
  args: string[],
  env: Record<string, string>,
  readyText: string,
  { probe = false }: LaunchOptions,
): Promise<Running> {
  const port = await freePort();
  const probing = probe ? ["--expose-gc", "--import", pathToFileURL(join(root, "bench", "probe.mjs")).href] : [];
  const [command, commandArgs] = serverCommand([...probing, ...args]);
  const child = spawn(command, commandArgs, {
    cwd: root,
    env: { ...process.env, ...env, PORT: String(port), HOST: "127.0.0.1", NODE_ENV: "production" },
    stdio: ["ignore", "pipe", "pipe", ...(probe ? (["ipc"] as const) : [])],
  });
  children.add(child);
  let output = "";
  const ended = new Promise<void>((done) => child.once("close", () => done()));
  await new Promise<void>((ready, fail) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        output = (output + text).slice(-10_000);
        if (output.includes(readyText)) ready();
      });
    }
    void ended.then(() => fail(new Error(`A server ended before it was ready:\n${output}`)));
    setTimeout(() => fail(new Error(`A server was not ready after ${START_MS} ms:\n${output}`)), START_MS).unref();
  });
  const stop = async () => {
    child.kill("SIGTERM");
    const late = setTimeout(() => child.kill("SIGKILL"), END_MS);
    await ended;
    clearTimeout(late);
    children.delete(child);
  };
  const ask = asker(child);
  return {
    port,
    pid: child.pid ?? 0,
    stop,
    lastWords: () => output.trim().split("\n").at(-1) ?? "",
    memory: () => ask("memory") as Promise<NodeJS.MemoryUsage>,
    async loopDelays(work) {
      await ask("watch");
      await work();
      return ((await ask("delays")) as { delays: number[] }).delays;
    },
    async profile(work) {
      await ask("profile");
      await work();
      return (await ask("profiled")) as object;
    },
  };
}

/** Questions to the probe of a server. */
function asker(child: ChildProcess): (question: string) => Promise<unknown> {
  const waiting = new Map<number, (answer: unknown) => void>();
  let last = 0;
  child.on("message", ({ id, answer }: { id: number; answer: unknown }) => {
    waiting.get(id)?.(answer);
    waiting.delete(id);
  });
  return (question) =>
    new Promise((resolve, reject) => {
      last += 1;
      waiting.set(last, resolve);
      child.send({ id: last, question }, (error) => error && reject(error));
      setTimeout(() => reject(new Error(`The probe did not answer ${question}.`)), 60_000).unref();
    });
}

/** The bare Socket.io server, or one that stores each message by itself; see bench/bare-server.mjs. */
export function startBare(
  options: LaunchOptions & { store?: { by: "insert" | "prisma"; databaseUrl: string } } = {},
): Promise<Running> {
  const { store } = options;
  const env = store && { STORE: store.by, DATABASE_URL: store.databaseUrl };
  const loader = store?.by === "prisma" ? ["--import", "tsx"] : [];
  return launch([...loader, join(root, "bench", "bare-server.mjs")], env ?? {}, "ready", options);
}

/** The server as it ships. Limits are lifted. */
export async function startParley(env: Record<string, string> = {}, options: LaunchOptions = {}): Promise<Running> {
  const dataDirectory = env.DATA_DIR ?? (await mkdtemp(join(tmpdir(), "parley-bench-")));
  const variables = {
    JWT_SECRET: jwtSecret,
    NEXTAUTH_SECRET: jwtSecret,
    DATA_DIR: dataDirectory,
    RATE_LIMIT_FACTOR: "100000",
    LOG_LEVEL: "warn",
  };
  const args = [...(process.env.BENCH_NODE_OPTIONS?.split(" ") ?? []), join(root, "dist", "server", "index.mjs")];
  const running = await launch(args, { ...variables, ...env }, "Parley is ready", options);
  const stop = async () => {
    await running.stop();
    if (!env.DATA_DIR) await rm(dataDirectory, { recursive: true, force: true });
  };
  return { ...running, stop };
}

export interface Database {
  url: string;
  /** Of the process whose children the backends are. */
  pid: number;
  pool: Pool;
  stop(): Promise<void>;
}

/**
 * A PostgreSQL as the product runs it (durable), with the schema of now, on the clients' core. With `statements` it counts
 * what it is asked, see bench/statements.ts.
 */
export async function startDatabase({ statements = false } = {}): Promise<Database> {
  const home = await mkdtemp(join(tmpdir(), "parley-bench-db-"));
  let postgres = await startEmbeddedPostgres(home);
  await migrate(postgres.url, join(root, "prisma", "migrations"));
  if (statements) {
    const setup = new Pool({ connectionString: postgres.url, max: 1 });
    await setup.query("ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'");
    await setup.query("CREATE EXTENSION pg_stat_statements");
    await setup.end();
    await postgres.stop();
    postgres = await startEmbeddedPostgres(home);
  }
  const pool = new Pool({ connectionString: postgres.url, max: 4 });
  const pid = Number((await readFile(join(home, "db", "postmaster.pid"), "utf8")).split("\n", 1)[0]);
  const stop = async () => {
    databases.delete(database);
    await pool.end();
    await postgres.stop();
    await rm(home, { recursive: true, force: true });
  };
  const database = { url: postgres.url, pid, pool, stop };
  databases.add(database);
  return database;
}
