import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { freePort } from "@/lib/infra/postgres-program";
import { atEnd } from "./cleanup";
import { testDatabase } from "./postgres";
import { type Program, startProgram } from "./processes";
import { waitFor } from "./wait-for";

const root = resolve(import.meta.dirname, "..", "..");

export interface ReplicaOptions {
  /** A database of its own, made for it, when left out. */
  databaseUrl?: string;
  redisUrl?: string;
  port?: number;
  /** On top of what every replica gets; `undefined` takes a variable away. */
  env?: Record<string, string | undefined>;
}

export interface Replica {
  url: string;
  port: number;
  databaseUrl: string;
  pid(): number;
  /** Everything it has printed, all its lives of this version together. */
  logs(): string;
  kill(signal: "SIGKILL" | "SIGSTOP" | "SIGCONT"): Promise<void>;
  /** Asks it to end in order; resolves to its exit code. */
  stop(): Promise<number | string>;
  /** Starts it again on the same port after `kill` or `stop`, with other variables if need be. */
  start(env?: Record<string, string | undefined>): Promise<void>;
  /** Resolves when the present process ends, to its exit code or signal. */
  ended(): Promise<number | string>;
}

/** Same in all replicas, so that what one signs another accepts. */
export const testSecrets = {
  JWT_SECRET: "an access-token secret that only tests use",
  NEXTAUTH_SECRET: "a next-auth secret that only tests use, too",
};

/**
 * The built server as a process of its own, ready for requests. Limits are lifted unless `RATE_LIMIT_FACTOR` is given.
 * `PARLEY_TEST_ROOT`, in the environment of the test or of one start, names another version's directory.
 */
export async function startReplica(options: ReplicaOptions = {}): Promise<Replica> {
  const databaseUrl = options.databaseUrl ?? (await testDatabase());
  const port = options.port ?? (await freePort());
  const dataDirectory = await mkdtemp(join(tmpdir(), "parley-replica-"));
  const url = `http://127.0.0.1:${port}`;
  let earlier = "";
  let lastHome = root;
  let program: Program | undefined;

  const start = async (more: Record<string, string | undefined> = {}) => {
    // What another version complained about is not this one's to mend.
    if (lastHome === root) earlier += program?.output() ?? "";
    const env: NodeJS.ProcessEnv = {
      ...process.env,
      ...testSecrets,
      NODE_ENV: "production",
      NODE_OPTIONS: "",
      PARLEY_TEST_BUILD: "1",
      PORT: String(port),
      HOST: "127.0.0.1",
      DATA_DIR: dataDirectory,
      DATABASE_URL: databaseUrl,
      REDIS_URL: options.redisUrl,
      RATE_LIMIT_FACTOR: "1000",
      LOG_LEVEL: "info",
      ...options.env,
      ...more,
    };
    const home = env.PARLEY_TEST_ROOT ?? root;
    lastHome = home;
    const started = startProgram(process.execPath, [join(home, "dist", "server-test", "index.mjs")], {
      cwd: home,
      env,
    });
    program = started;
    const state = await Promise.race([
      waitFor(() => started.output().includes("Parley is ready"), { timeout: 30_000, what: "the server to be ready" }),
      started.ended,
    ]);
    if (state !== true) throw new Error(`The server ended with ${state} before it was ready:\n${started.output()}`);
  };

  atEnd(async () => {
    program?.child.kill("SIGCONT");
    await program?.kill("SIGKILL");
    await rm(dataDirectory, { recursive: true, force: true });
  });
  await start();
  const current = (): Program => {
    if (!program) throw new Error("The replica was never started.");
    return program;
  };
  return {
    url,
    port,
    databaseUrl,
    pid: () => current().child.pid ?? 0,
    logs: () => earlier + current().output(),
    async kill(signal) {
      if (signal === "SIGKILL") await current().kill(signal);
      else current().child.kill(signal);
    },
    stop: () => current().kill("SIGTERM"),
    start,
    ended: () => current().ended,
  };
}
