import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { access, mkdir, readFile, readlink, realpath, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Client } from "pg";
import { boundedLog } from "./bounded-log";
import { lockDirectory } from "./directory-lock";
import { log } from "./log";
import { databaseUser, freePort, initialise, launch, type PostgresProgram, postgresProgram } from "./postgres-program";
import { StartError } from "./start-error";

const databaseName = "parley";

/** Small enough for a laptop, safe against a power cut. Parley uses 20 connections; the rest are for tools. */
const settings = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  max_connections: "60",
  shared_buffers: "64MB",
  effective_cache_size: "512MB",
  max_wal_size: "512MB",
  fsync: "on",
  synchronous_commit: "on",
  jit: "off",
  io_method: "sync",
  max_worker_processes: "4",
  timezone: "UTC",
  log_timezone: "UTC",
  log_checkpoints: "off",
};

export interface EmbeddedPostgres {
  url: string;
  /** Ends the database in order, within 8 s. */
  stop(): Promise<void>;
}

const exists = (file: string) =>
  access(file).then(
    () => true,
    () => false,
  );

async function readPassword(file: string): Promise<string> {
  if (!(await exists(file))) await writeFile(file, `${randomBytes(24).toString("hex")}\n`, { mode: 0o600 });
  return (await readFile(file, "utf8")).trim();
}

function running(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Where /proc tells, a process that merely got the same id later is told apart by the directory it stands in. */
async function isPostgresOf(pid: number, directory: string): Promise<boolean> {
  if (!running(pid)) return false;
  if (process.platform !== "linux") return true;
  return readlink(`/proc/${pid}/cwd`).then(
    async (cwd) => cwd === (await realpath(directory)),
    () => false,
  );
}

async function until(condition: () => boolean, milliseconds: number): Promise<boolean> {
  for (const end = Date.now() + milliseconds; Date.now() < end; await wait(20)) if (condition()) return true;
  return condition();
}

/** Ends the server that a killed Parley left behind in this directory, and forgets one that is no longer there. */
async function stopOrphan(directory: string): Promise<void> {
  const file = join(directory, "postmaster.pid");
  const pid = Number((await readFile(file, "utf8").catch(() => "")).split("\n")[0]);
  if (!pid) return;
  if (!(await isPostgresOf(pid, directory))) return rm(file, { force: true });
  log().warn({ pid }, "stopping the database that an earlier run left behind");
  process.kill(pid, "SIGINT");
  if (await until(() => !running(pid), 10_000)) return;
  process.kill(pid, "SIGQUIT");
  if (await until(() => !running(pid), 5_000)) return;
  throw new StartError(`An earlier database (process ${pid}) still runs in ${directory}. End it and start again.`);
}

interface Started {
  child: ChildProcess;
  ended: Promise<string>;
}

/** Resolves when connections are accepted; rejects with what PostgreSQL said last when it ends before. */
function start(program: PostgresProgram, directory: string, port: number, write: (text: string) => void) {
  const child = launch(program, directory, { ...settings, port: String(port) });
  let last = "";
  const ended = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("close", (code, signal) => resolve(last || `it ended with ${signal ?? code}`));
  });
  const ready = new Promise<void>((resolve) => {
    let recent = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      write(text);
      recent = (recent + text).slice(-4_096);
      last = /FATAL: {2}(.*)/.exec(recent)?.[1] ?? last;
      if (recent.includes("database system is ready to accept connections")) resolve();
    });
  });
  return Promise.race([
    ready.then((): Started => ({ child, ended })),
    ended.then((reason): never => {
      throw new Error(reason);
    }),
  ]);
}

/**
 * Another program may take the port first, and the last processes of a killed server may need a moment to go:
 * both are tried again.
 */
async function startSomewhere(program: PostgresProgram, directory: string, write: (text: string) => void) {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    try {
      return { port, ...(await start(program, directory, port, write)) };
    } catch (error) {
      const { message } = error as Error;
      if (attempt === 10 || !/listen|in use|already exists/.test(message)) {
        throw new StartError(
          `The embedded database did not start: ${message}. Its log is ${join(dirname(directory), "server.log")}.`,
        );
      }
      await wait(300);
    }
  }
}

async function createDatabase(url: string): Promise<void> {
  const client = new Client({ connectionString: url.replace(/[^/]*$/, "postgres") });
  await client.connect();
  try {
    const found = await client.query("SELECT 1 FROM pg_database WHERE datname = $1", [databaseName]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${databaseName}`);
  } finally {
    await client.end();
  }
}

/**
 * Runs the PostgreSQL that Parley carries in `home` (`<DATA_DIR>/postgres`), made there at first: on a random port of
 * the loopback interface, with a password that only the owner can read. Started again when it dies. Never two on
 * one directory.
 * @throws {StartError} when the directory is in use or the database does not start.
 */
export async function startEmbeddedPostgres(home: string): Promise<EmbeddedPostgres> {
  await mkdir(home, { recursive: true, mode: 0o700 });
  const lock = await lockDirectory(home);
  if (!lock) {
    throw new StartError(
      `The data directory ${dirname(home)} is in use by another Parley. Stop that one, or set DATA_DIR to another directory.`,
    );
  }
  try {
    const supervised = await supervise(home);
    return { url: supervised.url, stop: () => supervised.stop().finally(() => lock.release()) };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function supervise(home: string): Promise<EmbeddedPostgres> {
  const directory = join(home, "db");
  const passwordFile = join(home, "password");
  const spare = process.getuid?.() === 0 ? "/var/cache/parley" : join(home, "program");
  const program = await postgresProgram(directory, spare);
  const password = await readPassword(passwordFile);
  if (!(await exists(join(directory, "PG_VERSION")))) {
    // Made beside its place and moved there when complete: a start that was interrupted leaves no half a database.
    await initialise(program, `${directory}.new`, passwordFile);
    await rename(`${directory}.new`, directory);
  }
  await stopOrphan(directory);
  const write = boundedLog(join(home, "server.log"));
  const first = await startSomewhere(program, directory, write);
  let { child, ended } = first;
  const stopping = new AbortController();
  const url = `postgresql://${databaseUser}:${password}@127.0.0.1:${first.port}/${databaseName}`;
  const endWithProcess = () => void child.kill("SIGINT");
  process.once("exit", endWithProcess);

  const watch = async () => {
    for (let failures = 0; ; ) {
      const since = Date.now();
      const reason = await ended;
      if (stopping.signal.aborted) return;
      failures = Date.now() - since > 60_000 ? 1 : failures + 1;
      const delay = Math.min(250 * 2 ** failures, 30_000);
      log().error({ reason, delay }, "the embedded database ended; starting it again");
      await wait(delay, undefined, { signal: stopping.signal }).catch(() => {});
      if (stopping.signal.aborted) return;
      try {
        ({ child, ended } = await start(program, directory, first.port, write));
        if (stopping.signal.aborted) child.kill("SIGINT");
        else log().info("the embedded database runs again");
      } catch (error) {
        ended = Promise.resolve((error as Error).message);
      }
    }
  };
  const watching = watch();

  const stop = async () => {
    stopping.abort();
    process.off("exit", endWithProcess);
    for (const signal of ["SIGINT", "SIGQUIT", "SIGKILL"] as const) {
      child.kill(signal);
      const done = await Promise.race([watching.then(() => true), wait(3_000, false, { ref: false })]);
      if (done) return;
    }
  };
  try {
    await createDatabase(url);
  } catch (error) {
    await stop();
    throw new StartError(
      `The embedded database does not accept its password (${passwordFile}): ${(error as Error).message}`,
    );
  }
  return { url, stop };
}
