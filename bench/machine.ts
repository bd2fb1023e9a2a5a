import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";

/** The server under measure has the first core for itself; clients, database and this program share the second. */
const serverCore = "0";
const clientCore = "1";

function findTaskset(): boolean {
  if (process.platform !== "linux" || availableParallelism() < 2) return false;
  try {
    execFileSync("taskset", ["-p", String(process.pid)], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

export const pinned = findTaskset();

/** Moves this process, and what it starts from now on, to the clients' core. */
export function pinClients(): void {
  if (pinned) execFileSync("taskset", ["-a", "-c", "-p", clientCore, String(process.pid)], { stdio: "ignore" });
}

/** A command that runs Node on the servers' core. */
export function serverCommand(args: string[]): [command: string, args: string[]] {
  return pinned ? ["taskset", ["-c", serverCore, process.execPath, ...args]] : [process.execPath, args];
}

/** Seconds of CPU that a process has used; undefined where the system does not tell. */
export function cpuOf(pid: number): number | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    // proc(5): user and system time are the 14th and 15th field, in ticks of which Linux reports 100 a second.
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return undefined;
  }
}

/** Resident memory of a process in bytes; undefined where the system does not tell. */
export function residentOf(pid: number): number | undefined {
  try {
    const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1_024;
  } catch {
    return undefined;
  }
}
