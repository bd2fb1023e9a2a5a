import { randomUUID } from "node:crypto";
import type { NextApiRequest, NextApiResponse } from "next";
import NextAuth from "next-auth";
import { clearTokenCookies, readCookies, setRefreshCookies, tokenCookie } from "@/lib/auth/cookies";
import { nextAuthOptions, type SignInContext } from "@/lib/auth/next-auth";
import { assertOrigin, isSecure, ownOrigin } from "@/lib/auth/origin";
import { revokeByRefreshToken } from "@/lib/domain/sessions";
import { invalid, notFound } from "@/lib/protocol/errors";
import { errorResponse, visibleError } from "./answer";
import { readText } from "./input";
import { clientOf } from "./sign-in";

/** `_log` would let anybody write into the log; the rest is NextAuth's interface. */
const actions = new Set(["providers", "session", "csrf", "signin", "signout", "callback", "verify-request", "error"]);

/**
 * Serves NextAuth's routes. NextAuth is called through its interface for plain requests, because the other one reads
 * `X-Forwarded-Host` as the client sent it; here it learns the origin that the rest of the server goes by.
 */
export async function nextAuthRoute(
  request: Request,
  { params }: { params: Promise<{ nextauth: string[] }> },
): Promise<Response> {
  const { headers } = request;
  const requestId = headers.get("x-request-id") ?? randomUUID();
  try {
    const { nextauth } = await params;
    const [action = ""] = nextauth;
    if (!actions.has(action) || nextauth.length > 2) throw notFound("This address");
    if (request.method !== "GET") assertOrigin(headers, { cookie: false });
    const context: SignInContext = { headers, client: clientOf(request, headers.get("x-parley-address") ?? "unknown") };
    const recorder = await runNextAuth(request, nextauth, context);
    if (context.failure) throw context.failure;
    const signedOut =
      action === "signout" && request.method === "POST" && !recorder.destination?.endsWith("?csrf=true");
    const response = recorder.response();
    await addCookies(response, request, context, signedOut);
    return response;
  } catch (error) {
    return errorResponse(visibleError(error, { requestId, route: "/api/auth/[...nextauth]" }), requestId);
  }
}

async function runNextAuth(request: Request, nextauth: string[], context: SignInContext): Promise<Recorder> {
  const origin = new URL(ownOrigin(request.headers) ?? "http://localhost");
  // Makes NextAuth take the origin from the two headers below where NEXTAUTH_URL is not set.
  process.env.AUTH_TRUST_HOST ??= "true";
  const recorder = new Recorder();
  const call = {
    method: request.method,
    headers: {
      ...Object.fromEntries(request.headers),
      "x-forwarded-host": origin.host,
      "x-forwarded-proto": origin.protocol.slice(0, -1),
    },
    cookies: readCookies(request.headers),
    query: { ...Object.fromEntries(new URL(request.url).searchParams), nextauth },
    body: request.method === "POST" ? await readForm(request) : undefined,
  };
  await NextAuth(call as unknown as NextApiRequest, recorder as unknown as NextApiResponse, nextAuthOptions(context));
  return recorder;
}

/** NextAuth's own pages send forms, its client and scripts JSON; both are flat. */
async function readForm(request: Request): Promise<Record<string, string>> {
  const text = await readText(request);
  if (!/^application\/json\s*(;|$)/i.test(request.headers.get("content-type") ?? "")) {
    return Object.fromEntries(new URLSearchParams(text));
  }
  try {
    const value: unknown = JSON.parse(text || "{}");
    const entries = Object.entries(value as Record<string, unknown>);
    return Object.fromEntries(
      entries.map(([name, field]) => [name, typeof field === "string" ? field : String(field)]),
    );
  } catch {
    throw invalid({ body: "must be JSON in UTF-8" });
  }
}

async function addCookies(
  response: Response,
  request: Request,
  context: SignInContext,
  signedOut: boolean,
): Promise<void> {
  const { headers } = request;
  const previous = tokenCookie(headers, "refresh");
  const add = (cookies: string[]) => {
    for (const cookie of cookies) response.headers.append("Set-Cookie", cookie);
  };
  if (context.issued) {
    add(setRefreshCookies(isSecure(headers), context.issued.refreshToken, context.issued.refreshExpiresAt));
    if (previous) await revokeByRefreshToken(previous);
  } else if (signedOut) {
    if (previous) await revokeByRefreshToken(previous);
    add(clearTokenCookies(headers));
  }
}

/** As much of a response of Node as NextAuth uses. */
class Recorder {
  readonly #headers = new Headers({ "Cache-Control": "no-store" });
  #status = 200;
  #body: string | null = null;
  /** Where NextAuth sends the browser, by redirect or in its JSON answer. */
  destination: string | undefined;

  status(code: number): this {
    this.#status = code;
    return this;
  }
  getHeader(name: string): string | string[] | undefined {
    return name.toLowerCase() === "set-cookie" ? this.#headers.getSetCookie() : (this.#headers.get(name) ?? undefined);
  }
  setHeader(name: string, value: string | string[]): this {
    if (name.toLowerCase() === "location") this.destination = String(value);
    this.#headers.delete(name);
    for (const one of [value].flat()) this.#headers.append(name, one);
    return this;
  }
  json(value: unknown): void {
    const { url } = (value ?? {}) as { url?: unknown };
    if (typeof url === "string") this.destination = url;
    this.#headers.set("Content-Type", "application/json");
    this.#body = JSON.stringify(value);
  }
  send(value: unknown): void {
    if (typeof value === "string") this.#body = value;
    else if (value !== undefined && value !== null) this.json(value);
  }
  end(): void {
    this.#body ??= null;
  }
  response(): Response {
    return new Response(this.#body, { status: this.#status, headers: this.#headers });
  }
}
