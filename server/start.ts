import { randomUUID } from "node:crypto";
import { accessSync, constants, existsSync, mkdirSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { dirname, join, resolve } from "node:path";
import type { Duplex } from "node:stream";
import next from "next";
import { closePasswordPool } from "@/lib/auth/password-pool";
import { startSearchIndex } from "@/lib/domain/search-index";
import { startSessionSweeper } from "@/lib/domain/session-sweeper";
import { background } from "@/lib/infra/background";
import { type Config, ConfigError, type Runtime, readConfig, runtime } from "@/lib/infra/config";
import { closeDatabase, database, openDatabase } from "@/lib/infra/database";
import { startEmbeddedPostgres } from "@/lib/infra/embedded-postgres";
import { log } from "@/lib/infra/log";
import { migrate } from "@/lib/infra/migrations";
import { openReadReplica, readReplica } from "@/lib/infra/read-replica";
import { openRedis, redis } from "@/lib/infra/redis";
import { readSecrets } from "@/lib/infra/secrets";
import { StartError } from "@/lib/infra/start-error";
import { Closing } from "./closing";
import { watchHealth } from "./health";
import { createHttpServer } from "./http";
import { answerMetrics, createMetricsServer, readParts } from "./metrics";
import { attachSockets } from "./sockets/index";

/** Where package.json lies: above this file, whether it runs from its source or from the bundle. */
function findRoot(directory: string): string {
  return existsSync(join(directory, "package.json")) ? directory : findRoot(dirname(directory));
}

function openDataDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true });
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StartError(
      `The data directory ${directory} cannot be written (${code}). Give this user access to it, or set DATA_DIR to another directory.`,
    );
  }
}

async function prepare(root: string, config: Config, closing: Closing): Promise<Runtime> {
  const production = process.env.NODE_ENV === "production";
  const dataDirectory = resolve(root, config.DATA_DIR);
  openDataDirectory(dataDirectory);
  const secrets = await readSecrets(config, dataDirectory, production);
  let databaseUrl = config.DATABASE_URL;
  if (databaseUrl === undefined) {
    const postgres = await startEmbeddedPostgres(join(dataDirectory, "postgres"));
    closing.last("embedded database", () => postgres.stop());
    databaseUrl = postgres.url;
  }
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  return runtime.provide({
    config,
    dataDirectory,
    ...secrets,
    databaseUrl,
    replicaId: randomUUID(),
    version,
    startedAt: Date.now(),
    production,
  });
}

/** Opens the port that a variable names. Resolves to its number, which 0 leaves to the system. */
function listen(server: Server, variable: "PORT" | "METRICS_PORT", port: number, host?: string): Promise<number> {
  return new Promise((done, fail) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const reasons: Record<string, string> = {
        EADDRINUSE: `Port ${port} is in use by another program. Stop it, or set ${variable} to another number.`,
        EACCES: `Port ${port} needs rights that this user does not have. Set ${variable} to a number above 1023.`,
        EADDRNOTAVAIL: `HOST: this machine has no address ${host}. Correct it or leave it out.`,
        ENOTFOUND: `HOST: no address is known for ${host}. Correct it or leave it out.`,
      };
      fail(new StartError(reasons[error.code ?? ""] ?? `Port ${port} cannot be opened: ${error.message}`));
    });
    server.listen(port, host, () => {
      const address = server.address();
      done(typeof address === "object" && address ? address.port : port);
    });
  });
}

/** Scrapes are answered until everything else has ended. */
async function openMetricsPort(config: Config, wanted: number, closing: Closing): Promise<void> {
  const { server, host } = createMetricsServer(config);
  const port = await listen(server, "METRICS_PORT", wanted, host);
  closing.last("metrics", async () => {
    server.close();
    server.closeAllConnections();
  });
  log().info({ port, host }, "metrics");
}

async function run(root: string, closing: Closing): Promise<void> {
  const config = readConfig(process.env);
  const { dataDirectory, databaseUrl, replicaId, production } = await prepare(root, config, closing);
  const applied = await migrate(databaseUrl, join(root, "prisma", "migrations"));
  if (applied.length > 0) log().info({ applied }, "migrations applied");

  const opened = database.provide(openDatabase(databaseUrl));
  closing.last("database", () => closeDatabase(opened));
  if (config.DATABASE_REPLICA_URL) {
    const replica = readReplica.provide(openReadReplica(config.DATABASE_REPLICA_URL));
    closing.last("read replica", () => replica.pool.end());
  }
  closing.last("background tasks", () => background().stop());
  startSessionSweeper();
  startSearchIndex();
  closing.last("password workers", closePasswordPool);
  if (config.REDIS_URL) {
    const shared = redis.provide(await openRedis(config.REDIS_URL, replicaId));
    closing.last("Redis", () => shared.close());
  }
  const health = watchHealth();
  closing.last("health", () => health.stop());
  closing.first("health", async () => health.startDraining());
  readParts(health);

  // Next listens for upgrades on the server it is given. This one never listens itself: it is handed those of the
  // development server's reload, so that Socket.io's do not reach Next.
  const reload = createServer();
  const reloading = new Set<Duplex>();
  closing.first("reload", async () => {
    for (const socket of reloading) socket.destroy();
  });
  const app = next({ dev: !production, dir: root, httpServer: reload });
  // The development server has nothing to finish, and takes seconds over it.
  if (production) closing.last("pages", () => app.close());
  await Promise.all([app.prepare(), health.refresh()]);
  const handle = app.getRequestHandler();
  const server = createHttpServer({
    dev: !production,
    proxies: config.TRUST_PROXY,
    secure: config.NEXTAUTH_URL?.startsWith("https:") ?? false,
    health,
    refusing: () => closing.refusing,
    ...(config.METRICS_TOKEN &&
      !config.METRICS_PORT && {
        metrics: (request, response) => answerMetrics(request, response, config.METRICS_TOKEN),
      }),
    handle: (request, response) => handle(request, response),
    ...(!production && {
      upgrade: (request, socket, head) => {
        reloading.add(socket.once("close", () => reloading.delete(socket)));
        reload.emit("upgrade", request, socket, head);
      },
    }),
  });
  const sockets = await attachSockets(server);
  if (config.METRICS_PORT) await openMetricsPort(config, config.METRICS_PORT, closing);
  closing.first("notice", () => closing.giveNotice(server.listening && config.TRUST_PROXY > 0));
  closing.first("sockets", () => sockets.drain());
  closing.first("requests", () => closing.endRequests(server));
  closing.first("sockets", () => sockets.close());
  const port = await listen(server, "PORT", config.PORT, config.HOST);
  log().info({ port, replicaId, dataDirectory }, "listening");
  process.stdout.write(
    `\n  Parley is ready: ${config.NEXTAUTH_URL ?? `http://${config.HOST ?? "localhost"}:${port}`}\n`,
  );
  process.stdout.write(`  Its data lives in ${dataDirectory}\n\n`);
}

/** Starts the server and arranges its end. Never throws: what prevents the start is one line on stderr and exit 1. */
export async function start(): Promise<void> {
  const root = findRoot(import.meta.dirname);
  process.chdir(root);
  process.env.NEXT_TELEMETRY_DISABLED = "1";
  if (existsSync(join(root, ".env"))) process.loadEnvFile(join(root, ".env"));
  const closing = new Closing();
  closing.listenToSignals();
  try {
    await run(root, closing);
  } catch (error) {
    if (error instanceof StartError || error instanceof ConfigError) process.stderr.write(`${error.message}\n`);
    else log().fatal({ err: error }, "the server cannot start");
    await closing.end(1);
  }
}
