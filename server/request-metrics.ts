import type { IncomingMessage, ServerResponse } from "node:http";
import { metrics } from "@/lib/infra/metrics";

/** The longest prefix first. */
const prefixes = [
  ["/socket.io/", "polling"],
  ["/api/auth/", "auth"],
  ["/api/upload", "upload"],
  ["/api/", "api"],
  ["/_next/", "static"],
  ["/health", "health"],
  ["/metrics", "metrics"],
] as const;

/** A request's kind: few of them, and never what a client wrote. */
export function routeKind(path: string): string {
  const known = prefixes.find(([prefix]) => path.startsWith(prefix));
  if (known) return known[1];
  return /\.[a-z0-9]+$/i.test(path) ? "static" : "page";
}

/** Counts a request and measures it when it ends, whoever answers it. */
export function measureRequest(request: IncomingMessage, response: ServerResponse): void {
  const since = performance.now();
  const route = routeKind((request.url ?? "").split("?", 1)[0] ?? "");
  response.once("close", () => {
    const status = response.writableFinished ? `${Math.floor(response.statusCode / 100)}xx` : "aborted";
    metrics().httpRequests.inc({ route, status });
    // A long poll takes as long as nothing happens.
    if (route !== "polling") metrics().httpSeconds.observe({ route }, (performance.now() - since) / 1_000);
  });
}
