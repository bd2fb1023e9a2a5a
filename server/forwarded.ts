import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";

/** Set by this server alone; what a client sends under these names is dropped. */
const internal = [
  "x-request-id",
  "x-parley-address",
  "x-parley-proto",
  "x-nonce",
  "content-security-policy",
  "content-security-policy-report-only",
  "x-middleware-subrequest",
];

const forwarded = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-port", "x-forwarded-proto"];

function list(value: string | string[] | undefined): string[] {
  return [value ?? []]
    .flat()
    .join(",")
    .split(",")
    .map((entry) => entry.trim())
    .filter(Boolean);
}

/** Proxies append, so the one that the outermost trusted proxy wrote is counted from the end. */
function nthFromEnd(values: string[], proxies: number): string | undefined {
  return values[Math.max(0, values.length - proxies)];
}

function bareAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, "");
}

/**
 * Says who sent a request, believing only as many proxies as TRUST_PROXY counts: `x-parley-address`,
 * `x-parley-proto` and `x-request-id` replace whatever the client claims, and the `x-forwarded-*` headers, which Next
 * reads, are made to agree with them.
 */
export function identify(request: IncomingMessage, proxies: number): void {
  const { headers } = request;
  const socketAddress = bareAddress(request.socket.remoteAddress ?? "");
  const claimed = proxies > 0 ? nthFromEnd(list(headers["x-forwarded-for"]), proxies) : undefined;
  const address = claimed && isIP(claimed) ? bareAddress(claimed) : socketAddress;
  const protos = proxies > 0 ? list(headers["x-forwarded-proto"]) : [];
  const proto = nthFromEnd(protos, proxies) === "https" ? "https" : "http";
  const host = (proxies > 0 && nthFromEnd(list(headers["x-forwarded-host"]), proxies)) || headers.host;
  for (const name of [...internal, ...forwarded]) delete headers[name];
  headers["x-request-id"] = randomUUID();
  headers["x-parley-address"] = address;
  headers["x-parley-proto"] = proto;
  headers["x-forwarded-for"] = address;
  headers["x-forwarded-proto"] = proto;
  if (host) {
    headers.host = host;
    headers["x-forwarded-host"] = host;
  }
}
