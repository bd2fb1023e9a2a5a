import type { ErrorBody, ErrorCode } from "../protocol/errors";

/** `unreachable`: no answer came, so whether the server acted is unknown. */
export type ClientErrorCode = ErrorCode | "unreachable";

/** What every failed request, event and action rejects with. `message` is written for people. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    readonly code: ClientErrorCode,
    message: string,
    /** For `invalid`: what is wrong, by field. */
    readonly details?: Record<string, unknown>,
  ) {
    super(message);
  }

  /** How long the server asks to wait, in ms; null when it names no time. */
  get retryAfterMs(): number | null {
    const wait = this.details?.retryAfterMs;
    return typeof wait === "number" && Number.isFinite(wait) ? Math.max(0, wait) : null;
  }

  /** The server has decided and stored nothing; trying the same again is pointless. */
  get definite(): boolean {
    return !["unreachable", "internal", "unavailable", "rate_limited", "unauthorized"].includes(this.code);
  }
}

export function fromBody(body: ErrorBody): ApiError {
  return new ApiError(body.code, body.message, body.details);
}

export function unreachable(): ApiError {
  return new ApiError("unreachable", "The server can't be reached. Check your connection and try again.");
}

/** Any thrown value as something that can be shown. */
export function toApiError(error: unknown): ApiError {
  return error instanceof ApiError
    ? error
    : new ApiError("internal", "Something went wrong. Try again, or reload the page.");
}
