import { freePort } from "@/lib/infra/postgres-program";
import { atEnd } from "./cleanup";
import { startProgram } from "./processes";
import { waitFor } from "./wait-for";

export interface TestRedis {
  url: string;
  port: number;
  /** Starts it again on the same port, empty. */
  start(): Promise<void>;
  kill(): Promise<void>;
}

/** A real Redis without persistence, alone for this test file, so that keys and channels of others are not in it. */
export async function startRedis(): Promise<TestRedis> {
  const port = await freePort();
  let program: ReturnType<typeof startProgram> | undefined;
  const kill = async () => void (await program?.kill("SIGKILL"));
  const start = async () => {
    const options = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
    const started = startProgram("redis-server", options);
    program = started;
    await waitFor(() => started.output().includes("Ready to accept connections"), { what: "Redis to start" });
  };
  atEnd(kill);
  await start();
  return { url: `redis://127.0.0.1:${port}`, port, start, kill };
}
