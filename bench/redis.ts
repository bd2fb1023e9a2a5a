import { spawn } from "node:child_process";
import { freePort } from "@/lib/infra/postgres-program";

export interface BenchRedis {
  url: string;
  pid: number;
  stop(): void;
}

/** A Redis without persistence, on the clients' core; undefined where none is installed. */
export async function startRedis(): Promise<BenchRedis | undefined> {
  const port = await freePort();
  const child = spawn(
    "redis-server",
    ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
    { stdio: ["ignore", "pipe", "ignore"] },
  );
  const stop = () => void child.kill("SIGKILL");
  process.once("exit", stop);
  const ready = await new Promise<boolean>((resolve) => {
    child.once("error", () => resolve(false));
    child.once("close", () => resolve(false));
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      if (text.includes("Ready to accept connections")) resolve(true);
    });
  });
  return ready ? { url: `redis://127.0.0.1:${port}`, pid: child.pid ?? 0, stop } : undefined;
}
