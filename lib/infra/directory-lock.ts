import { randomUUID } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

const heartbeatMs = 2_000;
/** Longer than two heartbeats: a holder that lives shows itself within it. */
const watchMs = 5_000;

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
 * Takes the directory for this process; undefined when another lives in it, on this host or on another that shares
 * it. A lock that a killed process left is taken over. Released by `release`, or by the end of the process.
 */
export async function lockDirectory(directory: string): Promise<DirectoryLock | undefined> {
  const file = join(directory, "lock");
  const own: Holder = { id: randomUUID(), pid: process.pid, started: processStart(process.pid), place: place() };
  for (let attempt = 0; attempt < 5; attempt += 1) {
    try {
      await writeFile(file, JSON.stringify(own), { flag: "wx", mode: 0o600 });
      const beat = setInterval(() => void utimes(file, new Date(), new Date()).catch(() => {}), heartbeatMs);
      beat.unref();
      return {
        async release() {
          clearInterval(beat);
          if ((await read(file))?.id === own.id) await rm(file, { force: true });
        },
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const holder = await read(file);
    if (holder && (await lives(file, holder))) return undefined;
    // Moved away under a name of its own, then looked at: two who find the same dead lock must not both win.
    const stale = `${file}.${own.id}`;
    try {
      await rename(file, stale);
    } catch {
      continue;
    }
    if ((await read(stale))?.id !== holder?.id) await rename(stale, file);
    else await rm(stale, { force: true });
  }
  return undefined;
}
