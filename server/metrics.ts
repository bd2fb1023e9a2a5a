import { createHash, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Pool } from "pg";
import { passwordPool } from "@/lib/auth/password-pool";
import { waitingSends } from "@/lib/domain/lanes";
import { background } from "@/lib/infra/background";
import { type Config, runtime } from "@/lib/infra/config";
import { database } from "@/lib/infra/database";
import { metrics } from "@/lib/infra/metrics";
import { readReplica } from "@/lib/infra/read-replica";
import { redis } from "@/lib/infra/redis";
import type { HealthWatch } from "./health";

/** Reads, before each scrape, what parts of the process know of themselves. */
export function readParts(health: HealthWatch): void {
  const to = metrics();
  to.includeProcess();
  to.info.set({ version: runtime.get().version }, 1);
  to.beforeScrape(() => {
    const { status, checks } = health.read();
    to.serving.set(status === "ok" || status === "degraded" ? 1 : 0);
    for (const [check, state] of Object.entries(checks)) {
      to.checkOk.set({ check }, state === "memory" || state.status === "ok" ? 1 : 0);
    }
    const { pool, sends, searches } = database.get();
    const pools = [pool, sends, searches];
    const total = (count: (one: Pool) => number) => pools.reduce((sum, one) => sum + count(one), 0);
    const idle = total((one) => one.idleCount);
    to.poolConnections.set({ state: "idle" }, idle);
    to.poolConnections.set({ state: "busy" }, total((one) => one.totalCount) - idle);
    to.poolWaiting.set(total((one) => one.waitingCount));
    to.queueDepth.set({ queue: "sends" }, waitingSends());
    to.queueDepth.set({ queue: "passwords" }, passwordPool().queued);
    // Counted where they happen, and only copied here.
    to.backgroundFailures.reset();
    for (const [task, count] of background().failures()) to.backgroundFailures.inc({ task }, count);
    to.replicaReads.reset();
    for (const [outcome, count] of Object.entries(readReplica.find()?.outcomes ?? {})) {
      to.replicaReads.inc({ outcome }, count);
    }
    const shared = redis.find();
    if (!shared) {
      // A gauge without labels begins at 0, which would be the alarm that Redis is lost.
      to.redisOk.remove();
      to.redisRoundTrip.remove();
      return;
    }
    to.redisOk.set(shared.healthy() ? 1 : 0);
    to.redisRoundTrip.set(shared.roundTrip() / 1_000);
  });
}

const digest = (text: string) => createHash("sha256").update(text).digest();

/** Compares digests, so that neither content nor length of the token can be told from the time it takes. */
function authorised({ headers }: IncomingMessage, token: string | undefined): boolean {
  return token === undefined || timingSafeEqual(digest(headers.authorization ?? ""), digest(`Bearer ${token}`));
}

/** Answers a scrape; with a token, only to who presents it. */
export async function answerMetrics(
  request: IncomingMessage,
  response: ServerResponse,
  token: string | undefined,
): Promise<void> {
  if (!authorised(request, token)) {
    response.writeHead(401, { "WWW-Authenticate": "Bearer", "Content-Type": "text/plain", Connection: "close" });
    response.end("The metrics need the token of METRICS_TOKEN.\n");
    return;
  }
  const text = await metrics().text();
  response.writeHead(200, { "Content-Type": metrics().contentType, "Cache-Control": "no-store" });
  response.end(text);
}

/**
 * A server for scrapes alone, not listening yet. Where it is to listen: on this machine only, unless a token guards it.
 */
export function createMetricsServer({ METRICS_TOKEN, HOST }: Config): { server: Server; host: string | undefined } {
  const server = createServer({ maxHeaderSize: 16_384 }, (request, response) => {
    if (request.method === "GET" && request.url === "/metrics") {
      void answerMetrics(request, response, METRICS_TOKEN).catch(() => response.destroy());
    } else response.writeHead(404).end();
  });
  server.headersTimeout = 5_000;
  server.requestTimeout = 10_000;
  return { server, host: METRICS_TOKEN ? HOST : "127.0.0.1" };
}
