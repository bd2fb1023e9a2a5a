import type { IncomingMessage } from "node:http";
import { runtime } from "@/lib/infra/config";
import { AppError } from "@/lib/protocol/errors";
import { header, type RequestHeaders } from "./request-headers";

/** Whether the browser reached us over https, as far as the trusted proxies say. */
export function isSecure(headers: RequestHeaders): boolean {
  const { NEXTAUTH_URL } = runtime.get().config;
  if (NEXTAUTH_URL) return NEXTAUTH_URL.startsWith("https:");
  return header(headers, "x-parley-proto") === "https";
}

/** The origin that is ours: `NEXTAUTH_URL` when it is set, else the host that the request itself names. */
export function ownOrigin(headers: RequestHeaders): string | undefined {
  const { NEXTAUTH_URL } = runtime.get().config;
  if (NEXTAUTH_URL) return new URL(NEXTAUTH_URL).origin;
  const host = header(headers, "host");
  return host ? originOf(`${isSecure(headers) ? "https" : "http"}://${host}`) : undefined;
}

function originOf(address: string): string | undefined {
  const url = URL.parse(address);
  return url && url.origin !== "null" ? url.origin : undefined;
}

/** What a request says about the page that sent it. */
export type NamedOrigin = "own" | "foreign" | "none";

/**
 * Where a request comes from. A page cannot forge these headers for a visitor's browser, so one that names a foreign
 * page is believed even if another header contradicts it. `Referer` can be held back but not forged: it may show that
 * a request is ours (a same-origin GET over plain http carries nothing else), never that it is not.
 */
export function namedOrigin(headers: RequestHeaders): NamedOrigin {
  const own = ownOrigin(headers);
  const origin = header(headers, "origin");
  const site = header(headers, "sec-fetch-site");
  if (origin !== undefined && runtime.get().config.ALLOWED_ORIGINS.includes(origin)) return "own";
  if (site !== undefined && site !== "same-origin" && site !== "none") return "foreign";
  if (origin !== undefined) return origin === own ? "own" : "foreign";
  if (site !== undefined) return "own";
  const referer = header(headers, "referer");
  return referer !== undefined && originOf(referer) === own ? "own" : "none";
}

/**
 * The rule against forged requests, for unsafe methods: a foreign origin is refused whatever else the request
 * carries; one whose authority is a cookie, which browsers attach unasked, must name its own.
 * @throws {AppError} `forbidden`
 */
export function assertOrigin(headers: RequestHeaders, { cookie }: { cookie: boolean }): void {
  if (!originAllowed(headers, cookie)) {
    throw new AppError("forbidden", "This request comes from a page that is not part of this server.");
  }
}

/** The same rule for a socket's handshake, whose first request is a GET. */
export function socketOriginAllowed(
  request: Pick<IncomingMessage, "headers">,
  { cookie }: { cookie: boolean },
): boolean {
  return originAllowed(request.headers, cookie);
}

function originAllowed(headers: RequestHeaders, cookie: boolean): boolean {
  const named = namedOrigin(headers);
  return named === "own" || (named === "none" && !cookie);
}
