import { randomUUID } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { mkdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { background } from "./background";

const heartbeatMs = 2_000;
/** Longer than two heartbeats: a holder that lives shows itself within it. */
const watchMs = 5_000;
const guardMs = 10_000;
const attempts = 20;
const pauseMs = 50;

interface Holder {
  id: string;
  pid: number;
  /** When the process started, in clock ticks since boot: tells it from a later one with the same id. */
  started: string;
  /** Where that process id means something: this boot and this process-id namespace. */
  place: string;
}

export interface DirectoryLock {
  release(): Promise<void>;
}

/** "" where the platform does not say. */
function processStart(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The command's name, in parentheses, may itself hold spaces; field 22 is counted from behind it.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
}

function place(): string {
  try {
    return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return hostname();
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

async function read(file: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as Holder;
  } catch {
    return undefined;
  }
}

const modified = (file: string) =>
  stat(file).then(
    (found) => found.mtimeMs,
    () => 0,
  );

async function lives(file: string, holder: Holder): Promise<boolean> {
  if (holder.place === place()) {
    if (!alive(holder.pid)) return false;
    if (holder.started !== "") return processStart(holder.pid) === holder.started;
  }
  // Another container or host may hold it: its process cannot be asked, but a live one touches the file.
  const before = await modified(file);
  for (const end = Date.now() + watchMs; Date.now() < end; await wait(250)) {
    if ((await modified(file)) !== before) return true;
  }
  return false;
}

/**
 * Replaces the lock of a dead holder. Who takes over holds a directory beside it meanwhile, and looks once more: of many
 * who found the same dead lock, one replaces it and the others see theirs.
 * @returns whether this one did.
 */
async function takeOver(file: string, dead: Holder | undefined, own: Holder): Promise<boolean> {
  const guard = `${file}.takeover`;
  try {
    await mkdir(guard);
  } catch {
    // Held for an instant only: an old one was left by a process that died in it.
    if (Date.now() - (await modified(guard)) > guardMs) await rm(guard, { recursive: true, force: true });
    return false;
  }
  try {
    if ((await read(file))?.id !== dead?.id) return false;
    const fresh = `${file}.${own.id}`;
    await writeFile(fresh, JSON.stringify(own), { mode: 0o600 });
    await rename(fresh, file);
    return true;
  } finally {
    await rm(guard, { recursive: true, force: true });
  }
}

/** Takes a directory that nobody holds; false when a lock is there, whosever. */
async function create(file: string, own: Holder): Promise<boolean> {
  try {
    await writeFile(file, JSON.stringify(own), { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function held(file: string, own: Holder): DirectoryLock {
  const beat = background().every("holding the data directory", heartbeatMs, () =>
    utimes(file, new Date(), new Date()),
  );
  return {
    async release() {
      await beat.stop();
      if ((await read(file))?.id === own.id) await rm(file, { force: true });
    },
  };
}

/**
 * Takes the directory for this process; undefined when another lives in it, on this host or on another that shares
 * it. A lock that a killed process left is taken over. Released by `release`, or by the end of the process.
 */
export async function lockDirectory(directory: string): Promise<DirectoryLock | undefined> {
  const file = join(directory, "lock");
  const own: Holder = { id: randomUUID(), pid: process.pid, started: processStart(process.pid), place: place() };
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    if (await create(file, own)) return held(file, own);
    const holder = await read(file);
    if (holder && (await lives(file, holder))) return undefined;
    // One that cannot be read may be on its way to the disk; one that stays so is damaged.
    const settled = holder !== undefined || attempt >= attempts / 2;
    if (settled && (await takeOver(file, holder, own))) return held(file, own);
    await wait(pauseMs);
  }
  return undefined;
}
