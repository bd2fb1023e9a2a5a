import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { freePort } from "@/lib/infra/postgres-program";
import { atEnd } from "./cleanup";
import { startProgram } from "./processes";
import { waitFor } from "./wait-for";

const shipped = resolve(import.meta.dirname, "..", "..", "deploy", "haproxy.cfg");

export interface Balancer {
  url: string;
  port: number;
  logs(): string;
  close(): Promise<void>;
}

/** The shipped HAProxy configuration with this machine's addresses in the place of the containers'. */
export function haproxyConfig(template: string, port: number, replicas: { port: number }[]): string {
  const servers = replicas.map(
    ({ port: target }, index) => `  server r${index + 1} 127.0.0.1:${target} cookie r${index + 1} check`,
  );
  let written = false;
  const lines = template.split("\n").flatMap((line) => {
    if (/^\s*bind\s/.test(line)) return [`  bind 127.0.0.1:${port}`];
    // Addresses need no resolving.
    if (/^\s*(resolvers|parse-resolv-conf|hold)\b/.test(line)) return [];
    if (/^\s*default-server\s/.test(line)) return [line.replace(/ resolvers .*/, "")];
    if (!/^\s*server(-template)?\s/.test(line)) return [line];
    if (written) return [];
    written = true;
    return servers;
  });
  return lines.join("\n");
}

/** A real HAProxy before the replicas, as shipped: sticky by cookie, with health checks. Start replicas with TRUST_PROXY=1. */
export async function startBalancer(replicas: { port: number }[]): Promise<Balancer> {
  const port = await freePort();
  const directory = await mkdtemp(join(tmpdir(), "parley-haproxy-"));
  const file = join(directory, "haproxy.cfg");
  await writeFile(file, haproxyConfig(await readFile(shipped, "utf8"), port, replicas));
  const program = startProgram("haproxy", ["-db", "-f", file]);
  const close = async () => {
    await program.kill("SIGKILL");
    await rm(directory, { recursive: true, force: true });
  };
  atEnd(close);
  const url = `http://127.0.0.1:${port}`;
  await waitFor(async () => (await fetch(`${url}/health`)).ok, { what: "HAProxy to find a replica" }).catch((error) => {
    throw new Error(`${error.message}\n${program.output()}`);
  });
  return { url, port, logs: program.output, close };
}
