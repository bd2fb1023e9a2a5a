import { isUnavailable, unavailable } from "@/lib/infra/database";
import { log } from "@/lib/infra/log";
import { metrics } from "@/lib/infra/metrics";
import { AppError, isAppError } from "@/lib/protocol/errors";

const brand = Symbol("answer");

/** What a handler returns when it deviates from the route's own status or sets headers. */
export interface Answer<Body> {
  readonly [brand]: true;
  status: number;
  body?: Body;
  error?: AppError;
  headers?: [name: string, value: string][];
}

export function answer<Body>(
  status: number,
  body: Body,
  options: { headers?: [name: string, value: string][] } = {},
): Answer<Body> {
  return { [brand]: true, status, body, ...options };
}

/** Answers with an error that carries headers of its own. */
export function refuse(error: AppError, headers: [name: string, value: string][]): Answer<never> {
  return { [brand]: true, status: error.status, error, headers };
}

export function isAnswer(value: unknown): value is Answer<unknown> {
  return typeof value === "object" && value !== null && brand in value;
}

/** A JSON response that nobody may store; without a body when there is none. */
export function respond(status: number, body: unknown, headers: [name: string, value: string][] = []): Response {
  const all = new Headers([["Cache-Control", "no-store"], ...headers]);
  if (body === undefined) return new Response(null, { status, headers: all });
  return Response.json(body, { status, headers: all });
}

/** The error that a caller sees for whatever was thrown; what they may not see is logged. */
export function visibleError(error: unknown, context: { requestId: string; route: string }): AppError {
  const visible = translate(error, context);
  if (visible.status >= 500) metrics().failures.inc({ code: visible.code });
  return visible;
}

function translate(error: unknown, context: { requestId: string; route: string }): AppError {
  if (isAppError(error)) return error;
  if (isUnavailable(error)) {
    log().warn({ ...context, err: describe(error).message }, "the database did not answer in time");
    return unavailable();
  }
  log().error({ ...context, err: describe(error) }, "a request failed");
  return new AppError("internal", "Something went wrong on the server. Try again.");
}

/** Prisma and pg hang the values of a query on their errors; only these two fields are free of them. */
function describe(error: unknown): { message: string; stack?: string | undefined } {
  if (!(error instanceof Error)) return { message: String(error) };
  return { message: error.message, stack: error.stack };
}

/** The response for an error that a caller may see. */
export function errorResponse(
  error: AppError,
  requestId: string,
  headers: [name: string, value: string][] = [],
): Response {
  const retryAfterMs = error.details?.retryAfterMs;
  const all: [string, string][] =
    error.code === "rate_limited" && typeof retryAfterMs === "number"
      ? [...headers, ["Retry-After", String(Math.ceil(retryAfterMs / 1_000))]]
      : headers;
  return respond(error.status, { error: { ...error.toBody(), requestId } }, all);
}
