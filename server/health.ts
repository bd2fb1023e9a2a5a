import { access, constants, mkdir, statfs } from "node:fs/promises";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as wait } from "node:timers/promises";
import { background } from "@/lib/infra/background";
import { runtime } from "@/lib/infra/config";
import { database } from "@/lib/infra/database";
import { redis } from "@/lib/infra/redis";

interface Check {
  status: "ok" | "degraded" | "down";
  ms: number;
}

export interface Health {
  status: "ok" | "degraded" | "down" | "draining";
  version: string;
  uptime: number;
  checks: { database: Check; redis: Check | "memory"; storage: Check; eventLoop: Check };
}

const everyMs = 1_000;
const databaseTimeoutMs = 2_000;
const slowDatabaseMs = 1_000;
const slowLoopMs = 200;
const leastFreeBytes = 100 * 1024 * 1024;
/** The monitor's own interval, which its figures include. */
const resolutionMs = 20;
const storageEveryMs = 10_000;

async function timed(work: () => Promise<unknown>): Promise<Check> {
  const since = performance.now();
  const took = () => Math.round(performance.now() - since);
  try {
    await work();
    return { status: "ok", ms: took() };
  } catch {
    return { status: "down", ms: took() };
  }
}

async function askDatabase(): Promise<void> {
  const late = new AbortController();
  const timeout = wait(databaseTimeoutMs, undefined, { signal: late.signal, ref: false }).then(() => {
    throw new Error("The database did not answer in time.");
  });
  try {
    await Promise.race([database.get().pool.query("SELECT 1"), timeout]);
  } finally {
    late.abort();
    timeout.catch(() => {});
  }
}

/** Files of people: on disk they need a directory that can be written and room in it. */
async function askStorage(): Promise<void> {
  const { config, dataDirectory } = runtime.get();
  if (config.AWS_S3_BUCKET) return;
  const files = join(dataDirectory, "files");
  await mkdir(files, { recursive: true });
  await access(files, constants.W_OK);
  const { bavail, bsize } = await statfs(files);
  if (bavail * bsize < leastFreeBytes) throw new Error("The disk is nearly full.");
}

export interface HealthWatch {
  /** The state found within the last second or two; never waits. */
  read(): Health;
  /** Asks everything once, for a state that is true from the start. */
  refresh(): Promise<void>;
  startDraining(): void;
  draining(): boolean;
  stop(): Promise<void>;
}

/**
 * Asks the database, the storage and the event loop in the background, so that `/health` answers at once whatever
 * they do. The database is `down` when it fails twice in a row: one lost connection takes no replica out.
 */
export function watchHealth(): HealthWatch {
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  delay.enable();
  let databaseCheck: Check = { status: "ok", ms: 0 };
  let storage: Check = { status: "ok", ms: 0 };
  let eventLoop: Check = { status: "ok", ms: 0 };
  let failures = 0;
  let storageAskedAt = Number.NEGATIVE_INFINITY;
  let draining = false;

  const refresh = async () => {
    const found = await timed(askDatabase);
    failures = found.status === "ok" ? 0 : failures + 1;
    const slow = found.ms > slowDatabaseMs || failures === 1;
    databaseCheck = { status: failures > 1 ? "down" : slow ? "degraded" : "ok", ms: found.ms };
    if (performance.now() - storageAskedAt > storageEveryMs) {
      storageAskedAt = performance.now();
      const disk = await timed(askStorage);
      storage = { status: disk.status === "ok" ? "ok" : "degraded", ms: disk.ms };
    }
    const p99 = Math.max(0, Math.round(delay.percentile(99) / 1e6) - resolutionMs);
    delay.reset();
    eventLoop = { status: p99 > slowLoopMs ? "degraded" : "ok", ms: p99 };
  };
  const task = background().every("watching health", everyMs, refresh);

  const redisCheck = (): Check | "memory" => {
    const shared = redis.find();
    if (!shared) return "memory";
    return { status: shared.healthy() ? "ok" : "degraded", ms: shared.roundTrip() };
  };
  return {
    refresh,
    read() {
      const { version, startedAt } = runtime.get();
      const checks = { database: databaseCheck, redis: redisCheck(), storage, eventLoop };
      const states = Object.values(checks).map((check) => (check === "memory" ? "ok" : check.status));
      const worst = states.includes("down") ? "down" : states.includes("degraded") ? "degraded" : "ok";
      const uptime = Math.round((Date.now() - startedAt) / 1_000);
      return { status: draining ? "draining" : worst, version, uptime, checks };
    },
    startDraining() {
      draining = true;
    },
    draining: () => draining,
    async stop() {
      await task.stop();
      delay.disable();
    },
  };
}
