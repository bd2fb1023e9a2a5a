import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Client } from "pg";
import { migrate } from "@/lib/infra/migrations";
import {
  databaseUser,
  freePort,
  initialise,
  launch,
  type PostgresProgram,
  postgresProgram,
} from "@/lib/infra/postgres-program";
import { atEnd } from "./cleanup";
import { waitFor } from "./wait-for";

const run = promisify(execFile);
const password = "test";
const template = "parley_template";
const root = join(import.meta.dirname, "..", "..");

export interface TestPostgres {
  /** Holds its files, those of the database in `db`. */
  home: string;
  port: number;
  /** The address of a database; of `postgres`, from which others are made, when left out. */
  url(database?: string): string;
  /** Starts it again, on the same port, after `stop`. */
  start(): Promise<void>;
  /** `fast` disconnects everyone, `immediate` crashes it as a power cut would, `kill` is SIGKILL of the postmaster. */
  stop(mode: "fast" | "immediate" | "kill"): Promise<void>;
  /** A database with the schema of now, without content. Resolves to its address. */
  createDatabase(): Promise<string>;
  dropDatabase(url: string): Promise<void>;
  /**
   * Keeps a copy of a database as it is, ending every connection to it. Resolves to what puts the copy in its place, as whoever
   * restores a backup does: with an epoch of its own.
   */
  backUp(url: string): Promise<() => Promise<void>>;
  /** Stops it and removes its files. */
  close(): Promise<void>;
}

const signals = { fast: "SIGINT", immediate: "SIGQUIT", kill: "SIGKILL" } as const;

async function execute(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

function operations(port: number) {
  const url = (database = "postgres") => `postgresql://${databaseUser}:${password}@127.0.0.1:${port}/${database}`;
  return {
    url,
    async createDatabase() {
      const name = `test_${randomBytes(6).toString("hex")}`;
      await execute(url(), `CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY file_copy`);
      return url(name);
    },
    async backUp(address: string) {
      const name = new URL(address).pathname.slice(1);
      const copy = `${name}_copy`;
      const alone = `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '${name}'`;
      await execute(url(), alone);
      await execute(url(), `CREATE DATABASE ${copy} TEMPLATE ${name} STRATEGY file_copy`);
      return async () => {
        await execute(url(copy), `UPDATE "Server" SET epoch = gen_random_uuid()`);
        await execute(url(), alone);
        await execute(url(), `DROP DATABASE ${name} WITH (FORCE)`);
        await execute(url(), `ALTER DATABASE ${copy} RENAME TO ${name}`);
      };
    },
    dropDatabase: (address: string) =>
      execute(url(), `DROP DATABASE IF EXISTS ${new URL(address).pathname.slice(1)} WITH (FORCE)`),
  };
}

/** The process over the files in `home`; ends with the tests. */
function server(home: string, program: PostgresProgram, own: Record<string, string> & { port: string }) {
  const settings = {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    max_connections: "300",
    jit: "off",
    timezone: "UTC",
    log_timezone: "UTC",
    ...own,
  };
  const { url } = operations(Number(own.port));
  let child: ReturnType<typeof launch> | undefined;
  const start = async () => {
    let output = "";
    const started = launch(program, join(home, "db"), settings);
    child = started;
    started.stderr?.setEncoding("utf8").on("data", (text: string) => {
      output = (output + text).slice(-10_000);
    });
    await waitFor(() => execute(url(), "SELECT 1").then(() => true), {
      timeout: 30_000,
      what: `PostgreSQL to start: ${output}`,
    });
  };
  const stop = async (mode: keyof typeof signals) => {
    const running = child;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    const ended = new Promise((resolve) => running.once("close", resolve));
    running.kill(signals[mode]);
    await ended;
  };
  const endWithUs = () => void child?.kill("SIGQUIT");
  process.once("exit", endWithUs);
  const close = async () => {
    process.off("exit", endWithUs);
    await stop("immediate");
    await rm(home, { recursive: true, force: true });
  };
  atEnd(close);
  return { start, stop, close };
}

/**
 * A real PostgreSQL of its own, for tests that stop or kill it. `durable` keeps fsync on (not needed to survive
 * its own crash, only the machine's).
 */
export async function startPostgres({ durable = false } = {}): Promise<TestPostgres> {
  const home = await mkdtemp(join(tmpdir(), "parley-postgres-"));
  const directory = join(home, "db");
  const passwordFile = join(home, "password");
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  const program = await postgresProgram(directory, process.getuid?.() === 0 ? "/var/cache/parley" : home);
  await initialise(program, directory, passwordFile, ["--no-sync"]);
  const port = await freePort();
  const { url, ...databases } = operations(port);
  const { start, stop, close } = server(home, program, { port: String(port), fsync: durable ? "on" : "off" });
  await start();
  await execute(url(), `CREATE DATABASE ${template}`);
  // Of another version, where the replicas are; see replica.ts.
  await migrate(url(template), join(process.env.PARLEY_TEST_ROOT ?? root, "prisma", "migrations"));
  // Each copy is an installation of its own: the server that first opens it names it.
  await execute(url(template), 'DELETE FROM "Server"');
  return { home, port, url, start, stop, close, ...databases };
}

export interface TestStandby {
  url(database?: string): string;
  start(): Promise<void>;
  stop(mode: "fast" | "immediate" | "kill"): Promise<void>;
}

/** A streaming standby of a PostgreSQL, which is restarted for it. */
export async function startStandby(primary: TestPostgres): Promise<TestStandby> {
  await primary.stop("fast");
  const home = await mkdtemp(join(tmpdir(), "parley-standby-"));
  await run("cp", ["-a", `${primary.home}/.`, home]);
  await primary.start();
  const directory = join(home, "db");
  await run("cp", ["-a", join(directory, "PG_VERSION"), join(directory, "standby.signal")]);
  const program = await postgresProgram(directory, process.getuid?.() === 0 ? "/var/cache/parley" : home);
  const port = await freePort();
  const primary_conninfo = `host=127.0.0.1 port=${primary.port} user=${databaseUser} password=${password}`;
  const { start, stop } = server(home, program, { port: String(port), fsync: "off", primary_conninfo });
  await start();
  return { url: operations(port).url, start, stop };
}

/** An empty database with the schema of now in the PostgreSQL that all test files share; dropped at the end. */
export async function testDatabase(): Promise<string> {
  const port = Number(process.env.PARLEY_TEST_POSTGRES);
  if (!port) throw new Error("No PostgreSQL was started for this run; tests run through npm test or jest's projects.");
  const { createDatabase, dropDatabase } = operations(port);
  const url = await createDatabase();
  atEnd(() => dropDatabase(url));
  return url;
}
