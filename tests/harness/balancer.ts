import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { freePort } from "@/lib/infra/postgres-program";
import { findProgram } from "@/scripts/system-packages.mjs";
import { atEnd } from "./cleanup";
import { startProgram } from "./processes";
import { waitFor } from "./wait-for";

const deploy = resolve(import.meta.dirname, "..", "..", "deploy");

export interface Balancer {
  url: string;
  port: number;
  logs(): string;
  close(): Promise<void>;
}

/** The shipped HAProxy configuration with this machine's addresses in the place of the containers'. */
export function haproxyConfig(template: string, port: number, replicas: { port: number }[]): string {
  let backend = "";
  let written = "";
  const lines = template.split("\n").flatMap((line) => {
    if (/^\s*bind\s/.test(line)) return [`  bind 127.0.0.1:${port}`];
    // Addresses need no resolving.
    if (/^\s*(resolvers|parse-resolv-conf|hold)\b/.test(line)) return [];
    if (/^\s*default-server\s/.test(line)) return [line.replace(/ resolvers .*/, "")];
    backend = /^backend (\S+)/.exec(line)?.[1] ?? backend;
    const options = /^\s*server \w+ \S+ (.*)/.exec(line)?.[1];
    if (options === undefined) return [line];
    if (written === backend) return [];
    written = backend;
    return replicas.map(
      ({ port: target }, index) =>
        `  server r${index + 1} 127.0.0.1:${target} ${options.replaceAll("parley1", `r${index + 1}`)}`,
    );
  });
  return lines.join("\n");
}

/**
 * A real HAProxy before the replicas, with health checks as shipped: sticky by cookie for long-polling, or for WebSockets
 * alone. `edit` breaks something about the configuration. Start replicas with TRUST_PROXY=1.
 */
export async function startBalancer(
  replicas: { port: number }[],
  file: "haproxy.cfg" | "haproxy-websocket.cfg" = "haproxy.cfg",
  edit = (config: string) => config,
): Promise<Balancer> {
  const port = await freePort();
  const config = haproxyConfig(edit(await readFile(join(deploy, file), "utf8")), port, replicas);
  return startProxy(port, config, (path) => ["haproxy", "-db", "-f", path]);
}

/** A real nginx before the replicas, with the shipped configuration, changed by `edit`. Start replicas with TRUST_PROXY=1. */
export async function startNginx(replicas: { port: number }[], edit = (config: string) => config): Promise<Balancer> {
  const port = await freePort();
  const servers = replicas.map((replica) => `server 127.0.0.1:${replica.port}`);
  const shipped = edit(await readFile(join(deploy, "nginx.conf"), "utf8"))
    .replace(/listen 80;/, `listen 127.0.0.1:${port};`)
    .replace(/server parley1:3000/, servers[0] ?? "")
    .replace(/server parley2:3000/, servers[1] ?? "");
  // What belongs to the machine, not to Parley: one process that stays in front and writes nowhere but to its own folder.
  const config = `daemon off; master_process off; error_log stderr; pid nginx.pid; events {}
    http { access_log off; client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi; scgi_temp_path scgi;\n${shipped}\n}`;
  return startProxy(port, config, (path) => [findProgram(["nginx"]) ?? "nginx", "-p", dirname(path), "-c", path]);
}

async function startProxy(port: number, config: string, command: (path: string) => string[]): Promise<Balancer> {
  const directory = await mkdtemp(join(tmpdir(), "parley-balancer-"));
  const path = join(directory, "proxy.conf");
  await writeFile(path, config);
  const [name = "", ...options] = command(path);
  const program = startProgram(name, options);
  const close = async () => {
    await program.kill("SIGTERM");
    await rm(directory, { recursive: true, force: true });
  };
  atEnd(close);
  const url = `http://127.0.0.1:${port}`;
  await waitFor(async () => (await fetch(`${url}/health`)).ok, { what: "the proxy to find a replica" }).catch(
    (error) => {
      throw new Error(`${error.message}\n${program.output()}`);
    },
  );
  return { url, port, logs: program.output, close };
}
