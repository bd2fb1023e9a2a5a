import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { freePort } from "@/lib/infra/postgres-program";
import { atEnd } from "./cleanup";
import { startProgram } from "./processes";
import { waitFor } from "./wait-for";

const run = promisify(execFile);

export interface ClusterNode {
  port: number;
  /** Starts it again on the same port, as the member it was, empty. */
  start(): Promise<void>;
  kill(): Promise<void>;
}

export interface TestCluster {
  /** As REDIS_URL names it. */
  url: string;
  nodes: ClusterNode[];
  /** The node that serves a channel or key now. */
  serving(key: string): Promise<ClusterNode>;
  /** Resolves when every slot is served. */
  whole(): Promise<void>;
}

async function startNode(): Promise<ClusterNode> {
  const [port, busPort] = [await freePort(), await freePort()];
  const directory = await mkdtemp(join(tmpdir(), "parley-redis-"));
  let program: ReturnType<typeof startProgram> | undefined;
  const kill = async () => void (await program?.kill("SIGKILL"));
  const start = async () => {
    const options = {
      port,
      "cluster-port": busPort,
      bind: "127.0.0.1",
      dir: directory,
      save: "",
      appendonly: "no",
      "cluster-enabled": "yes",
      "cluster-config-file": "nodes.conf",
      "cluster-node-timeout": 1_500,
    };
    const started = startProgram(
      "redis-server",
      Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]),
    );
    program = started;
    await waitFor(() => started.output().includes("Ready to accept connections"), { what: "a Redis to start" });
  };
  atEnd(async () => {
    await kill();
    await rm(directory, { recursive: true, force: true });
  });
  await start();
  return { port, start, kill };
}

/** Asks any node that answers. */
async function ask(nodes: ClusterNode[], ...command: string[]): Promise<string> {
  for (const { port } of nodes) {
    const answer = await run("redis-cli", ["-h", "127.0.0.1", "-p", String(port), ...command]).catch(() => undefined);
    if (answer) return answer.stdout.trim();
  }
  throw new Error("No node of the cluster answers.");
}

/** A real Redis cluster of `masters` nodes, each with a replica when `replicated`. */
export async function startRedisCluster(masters: number, { replicated = false } = {}): Promise<TestCluster> {
  const nodes = await Promise.all(Array.from({ length: masters * (replicated ? 2 : 1) }, startNode));
  const addresses = nodes.map(({ port }) => `127.0.0.1:${port}`);
  const options = ["--cluster-replicas", replicated ? "1" : "0", "--cluster-yes"];
  await run("redis-cli", ["--cluster", "create", ...addresses, ...options], { timeout: 60_000 });
  const whole = async () => {
    for (const node of nodes) {
      await waitFor(async () => (await ask([node], "CLUSTER", "INFO")).includes("cluster_state:ok"), {
        timeout: 30_000,
        what: "the cluster to be whole",
      });
    }
  };
  await whole();
  return {
    url: nodes.map(({ port }) => `redis://127.0.0.1:${port}`).join(","),
    nodes,
    whole,
    async serving(key) {
      const slot = Number(await ask(nodes, "CLUSTER", "KEYSLOT", key));
      const shards = (await ask(nodes, "CLUSTER", "NODES")).split("\n").map((line) => line.split(" "));
      const owner = shards.find(
        ([, , flags, , , , , , ...ranges]) =>
          flags?.includes("master") &&
          !flags.includes("fail") &&
          ranges.some((range) => {
            const [from = "", to = from] = range.split("-");
            return Number(from) <= slot && slot <= Number(to);
          }),
      );
      const port = Number(/:(\d+)@/.exec(owner?.[1] ?? "")?.[1]);
      const node = nodes.find((one) => one.port === port);
      if (!node) throw new Error(`No node serves ${key}.`);
      return node;
    },
  };
}
