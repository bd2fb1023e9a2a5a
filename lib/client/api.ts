import type { z } from "zod";
import type { ErrorBody } from "../protocol/errors";
import type { RouteName, RouteOutput, RouteParams, routes } from "../protocol/routes";
import { ApiError, fromBody, unreachable } from "./api-error";
import type { Clock, Environment } from "./environment";

/** What a query takes before the server parses it; its numbers may be given as numbers. */
type Input<S> = S extends z.ZodType ? z.input<S> : never;
type Loose<T> = T extends object ? { [K in keyof T]: T[K] | (string extends T[K] ? number : never) } : T;
type QueryOf<R extends RouteName> = (typeof routes)[R] extends { query: infer Q } ? Loose<Input<Q>> : undefined;
type BodyOf<R extends RouteName> = (typeof routes)[R] extends { body: infer B } ? Input<B> : undefined;

type Part<K extends string, T> = [T] extends [undefined]
  ? { [P in K]?: undefined }
  : Partial<T> extends T
    ? { [P in K]?: T }
    : { [P in K]: T };

export type RequestParts<R extends RouteName> = Part<"params", RouteParams<R>> &
  Part<"query", QueryOf<R>> &
  Part<"body", BodyOf<R>>;
type Argument<R extends RouteName> =
  Record<string, never> extends RequestParts<R> ? [parts?: RequestParts<R>] : [parts: RequestParts<R>];

/** `api("GET /api/rooms/[id]", { params: { id } })` → what the route answers; rejects with `ApiError`. */
export type Api = <R extends RouteName>(route: R, ...argument: Argument<R>) => Promise<RouteOutput<R>>;

/** How long a request may take, in ms. */
const TIMEOUT_MS = 15_000;
/**
 * How long a reading one may wait for the beginning of its answer before it is asked once more, in ms: browsers keep
 * connections for later, and one that has died in silence would take all of `TIMEOUT_MS` to show.
 */
const BEGINNING_MS = 2_000;

interface Parts {
  params?: Record<string, string>;
  query?: Record<string, string | number | undefined>;
  body?: unknown;
}

export interface ApiOptions {
  environment?: Pick<Environment, "origin" | "fetch"> & { clock?: Clock };
  /** The bearer token of a client without cookies. */
  token?: () => string | null;
  /** Called once when the server answers `unauthorized`; true when the request is worth another try. */
  renew?: () => Promise<boolean>;
}

/** The REST half of the server, typed by its table of routes. */
export function createApi(options: ApiOptions = {}): Api {
  async function call(route: string, parts: Parts): Promise<unknown> {
    try {
      return (await request(options, route, parts)).data;
    } catch (error) {
      const expired = error instanceof ApiError && error.code === "unauthorized" && !route.includes("/api/auth/");
      if (!expired || !(await options.renew?.())) throw error;
      return (await request(options, route, parts)).data;
    }
  }
  return ((route: string, parts: Parts = {}) => call(route, parts)) as Api;
}

/** A request's answer, or null when it has not begun within `beginningMs`. Rejects when none comes in `timeoutMs`. */
async function exchange(
  ask: (signal: AbortSignal) => Promise<Response>,
  beginningMs: number,
  timeoutMs: number,
): Promise<{ response: Response; text: string } | null> {
  const end = new AbortController();
  let late = false;
  const beginning = setTimeout(() => {
    late = true;
    end.abort();
  }, beginningMs);
  const limit = setTimeout(() => end.abort(), timeoutMs);
  try {
    const response = await ask(end.signal);
    clearTimeout(beginning);
    return { response, text: await response.text() };
  } catch (error) {
    if (late) return null;
    throw error;
  } finally {
    clearTimeout(beginning);
    clearTimeout(limit);
  }
}

/**
 * One request; one that only reads is asked once more when no answer begins. `sentAt` is the server's own clock when it answered (its `Date` header), in ms; null when
 * it does not say.
 */
export async function request(
  options: ApiOptions,
  route: string,
  parts: Parts,
  timeoutMs = TIMEOUT_MS,
): Promise<{ data: unknown; sentAt: number | null }> {
  const [method = "GET", path = "/"] = route.split(" ");
  const token = options.token?.();
  const body = method === "GET" ? undefined : JSON.stringify(parts.body ?? {});
  const fetcher = options.environment?.fetch ?? fetch;
  const url = (options.environment?.origin ?? "") + address(path, parts);
  const init: RequestInit = {
    method,
    headers: {
      ...(body !== undefined && { "content-type": "application/json" }),
      ...(token && { authorization: `Bearer ${token}`, "x-client": "api" }),
    },
    ...(body !== undefined && { body }),
    credentials: "same-origin",
  };
  const ask = (signal: AbortSignal) => fetcher(url, { ...init, signal });
  let answered: Awaited<ReturnType<typeof exchange>>;
  try {
    answered = method === "GET" ? await exchange(ask, BEGINNING_MS, timeoutMs) : null;
    answered ??= await exchange(ask, timeoutMs, timeoutMs);
  } catch {
    throw unreachable();
  }
  if (!answered) throw unreachable();
  const { response, text } = answered;
  const answer = parse(text);
  if (!response.ok) throw isErrorAnswer(answer) ? fromBody(answer.error) : fromStatus(response.status);
  const date = Date.parse(response.headers.get("date") ?? "");
  return { data: answer, sentAt: Number.isNaN(date) ? null : date };
}

function address(path: string, { params = {}, query = {} }: Parts): string {
  const filled = path.replace(/\[(\w+)\]/g, (_, name: string) => encodeURIComponent(params[name] ?? ""));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  return search.size > 0 ? `${filled}?${search}` : filled;
}

function parse(text: string): unknown {
  try {
    return text === "" ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isErrorAnswer(answer: unknown): answer is { error: ErrorBody } {
  return typeof answer === "object" && answer !== null && "error" in answer;
}

/** An answer that is not the server's own: a proxy speaks for it. */
function fromStatus(status: number): ApiError {
  if (status === 401) return new ApiError("unauthorized", "Sign in to go on.");
  if (status === 413) return new ApiError("too_large", "That is too large to send.");
  if (status === 429) return new ApiError("rate_limited", "Too many requests. Try again shortly.");
  return new ApiError("unavailable", "The server is not ready. Try again in a moment.");
}
