import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { log } from "@/lib/infra/log";
import { AppError } from "@/lib/protocol/errors";
import { beginInTurns } from "./begin-in-turns";
import { identify } from "./forwarded";
import type { HealthWatch } from "./health";
import { measureRequest } from "./request-metrics";
import { setSecurityHeaders } from "./security-headers";

const bodyBytes = 100_000;
const requestMs = 30_000;
const uploadMs = 120_000;
const requestsATurn = 2;

export interface HttpOptions {
  dev: boolean;
  /** How many proxies in front are believed. */
  proxies: number;
  /** Whether the public address is https although no proxy says so. */
  secure: boolean;
  health: HealthWatch;
  /** Whether this server takes no more requests. */
  refusing(): boolean;
  /** Answers /metrics, where this port has it. */
  metrics?: ((request: IncomingMessage, response: ServerResponse) => Promise<void>) | undefined;
  /** Everything that is not answered here: pages and API routes. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** WebSockets of Next's development server. */
  upgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    "Content-Type": "application/json",
    "Content-Length": Buffer.byteLength(text),
    "Cache-Control": "no-store",
  });
  response.end(text);
}

function refuse(request: IncomingMessage, response: ServerResponse, error: AppError): void {
  // What the client still sends would be read as its next request.
  response.setHeader("Connection", "close");
  answer(response, error.status, { error: { ...error.toBody(), requestId: request.headers["x-request-id"] } });
}

/** Why a request goes no further, if it does not. */
function objection(request: IncomingMessage, path: string, refusing: boolean): AppError | undefined {
  if (refusing) return new AppError("unavailable", "This server is restarting. Try again in a moment.");
  if (!path.startsWith("/")) return new AppError("invalid", "The request's address is not valid.");
  const upload = path === "/api/upload";
  if (!upload && Number(request.headers["content-length"] ?? 0) > bodyBytes) {
    return new AppError("too_large", `The body must be at most ${bodyBytes / 1_000} kB.`);
  }
  // Pages are read only: without server actions nothing but the API takes bodies.
  if (!path.startsWith("/api/") && request.method !== "GET" && request.method !== "HEAD") {
    return new AppError("not_found", "There is nothing here.");
  }
  return undefined;
}

/** Files that Next serves with cache headers of its own: what was built, and what lies in public/. */
function isStatic(path: string): boolean {
  return path.startsWith("/_next/") || (!path.startsWith("/api/") && /\.[a-z0-9]+$/i.test(path));
}

function logWhenDone(request: IncomingMessage, response: ServerResponse, path: string): void {
  const since = performance.now();
  const { method, headers } = request;
  response.once("close", () => {
    const ms = Math.round(performance.now() - since);
    const status = response.writableFinished ? response.statusCode : 499;
    log().info({ method, path, status, ms, requestId: headers["x-request-id"] }, "request");
  });
}

function limitTime(request: IncomingMessage, path: string): void {
  if (path === "/api/upload" || request.complete) return;
  const timer = setTimeout(() => request.destroy(), requestMs);
  const clear = () => clearTimeout(timer);
  request.once("end", clear).once("close", clear);
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  options: HttpOptions,
  begin: () => Promise<void>,
): Promise<void> {
  const path = (request.url ?? "").split("?", 1)[0] ?? "";
  if (path === "/health" || path === "/health/live") {
    const state = path === "/health" ? options.health.read() : { status: "ok" };
    const refused = state.status === "down" || state.status === "draining";
    return answer(response, refused ? 503 : 200, state);
  }
  if (path === "/metrics" && options.metrics) return options.metrics(request, response);
  // So that no kept connection brings another one.
  if (options.health.draining()) response.setHeader("Connection", "close");
  const secure = options.secure || request.headers["x-parley-proto"] === "https";
  setSecurityHeaders(request, response, { secure, dev: options.dev });
  response.setHeader("X-Request-Id", String(request.headers["x-request-id"]));
  if (!isStatic(path)) {
    response.setHeader("Cache-Control", "no-store");
    logWhenDone(request, response, path);
  }
  const error = objection(request, path, options.refusing());
  if (error) return refuse(request, response, error);
  limitTime(request, path);
  await begin();
  await options.handle(request, response);
}

/**
 * The one door: says who is asking, answers health, sets the security headers, refuses what is too large or too
 * late, and hands everything else on. Sockets attach to the returned server; every other `Upgrade` is destroyed.
 */
export function createHttpServer(options: HttpOptions): Server {
  const server = createServer({ maxHeaderSize: 16_384, connectionsCheckingInterval: 5_000, keepAlive: true });
  server.headersTimeout = 15_000;
  server.requestTimeout = uploadMs;
  // Longer than load balancers keep an idle connection: else one is closed just as they send on it.
  server.keepAliveTimeout = 75_000;

  // Before every listener, also those that Socket.io puts in front of ours.
  const emit = server.emit.bind(server) as (event: string | symbol, ...values: unknown[]) => boolean;
  server.emit = (event: string | symbol, ...values: unknown[]) => {
    if (event === "request" || event === "upgrade") identify(values[0] as IncomingMessage, options.proxies);
    if (event === "request") measureRequest(values[0] as IncomingMessage, values[1] as ServerResponse);
    return emit(event, ...values);
  };

  const begin = beginInTurns(requestsATurn);
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    serve(request, response, options, begin).catch((error: Error) => {
      log().error({ err: error, requestId: request.headers["x-request-id"] }, "a request failed");
      if (response.headersSent) response.destroy();
      else refuse(request, response, new AppError("internal", "Something went wrong on the server. Try again."));
    });
  });
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const url = request.url ?? "";
    if (url.startsWith("/socket.io/") && !options.health.draining()) return;
    if (options.upgrade && url.startsWith("/_next/hmr")) options.upgrade(request, socket, head);
    else socket.destroy();
  });
  return server;
}
