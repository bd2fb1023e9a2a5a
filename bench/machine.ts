import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg } from "node:os";

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

/** The fields of proc(5) from the third on; undefined where the system does not tell. */
function statOf(pid: number): string[] | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ");
  } catch {
    return undefined;
  }
}

/** Seconds of CPU that a process has used; undefined where the system does not tell. */
export function cpuOf(pid: number): number | undefined {
  const fields = statOf(pid);
  // User and system time are the 14th and 15th field, in ticks of which Linux reports 100 a second.
  return fields && (Number(fields[11]) + Number(fields[12])) / 100;
}

/** The same of a process and its children, those that have ended included: a database and its backends. */
export function cpuOfTree(pid: number): number | undefined {
  const own = statOf(pid);
  if (!own) return undefined;
  let ticks = [11, 12, 13, 14].reduce((sum, field) => sum + Number(own[field]), 0);
  for (const name of readdirSync("/proc")) {
    const fields = /^\d+$/.test(name) ? statOf(Number(name)) : undefined;
    if (fields?.[1] === String(pid)) ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks / 100;
}

/** Seconds that a process's main thread was ready to run and had no core; undefined where the system does not tell. */
export function waitOf(pid: number): number | undefined {
  try {
    return Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, "utf8").split(" ")[1]) / 1e9;
  } catch {
    return undefined;
  }
}

/** Starts to watch who uses the cores; the answer gives each one's share of a core since then, for `busiest`. */
export function watchCores(server: number | number[], database?: number): () => Record<string, number> {
  const used = () => ({
    server: [server].flat().reduce((sum, pid) => sum + (cpuOf(pid) ?? Number.NaN), 0),
    clients: process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6,
    ...(database && { database: cpuOfTree(database) ?? Number.NaN }),
  });
  const [before, start] = [used(), performance.now()];
  return () => {
    const seconds = (performance.now() - start) / 1_000;
    const from: Record<string, number> = before;
    return Object.fromEntries(Object.entries(used()).map(([who, cpu]) => [who, (cpu - (from[who] ?? 0)) / seconds]));
  };
}

/** What the numbers were measured on, and what else it was doing. */
export function describeMachine(): string {
  const [cpu, ...others] = cpus();
  const load = loadavg()[0] ?? 0;
  return `${cpu?.model.trim() || process.arch}, ${others.length + 1} cores, Node ${process.versions.node}, load ${load.toFixed(1)} at the start`;
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
