/** Error codes of the contract and the HTTP status each travels with. */
export const errorStatus = {
  invalid: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  too_large: 413,
  unsupported_type: 415,
  rate_limited: 429,
  internal: 500,
  unavailable: 503,
} as const;

export type ErrorCode = keyof typeof errorStatus;

/** What a failed request or event carries: `details` names each bad field, or holds `retryAfterMs`. */
export interface ErrorBody {
  code: ErrorCode;
  message: string;
  details?: Record<string, unknown>;
}

const brand = Symbol.for("parley.app-error");

/**
 * An error that a caller may see. Code is evaluated once by the server and once by Next's bundle, so
 * `instanceof` does not hold across them: tell it by {@link isAppError}.
 */
export class AppError extends Error {
  readonly [brand] = true;
  override readonly name = "AppError";

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly details?: Record<string, unknown>,
  ) {
    super(message);
  }

  get status(): number {
    return errorStatus[this.code];
  }

  toBody(): ErrorBody {
    return { code: this.code, message: this.message, ...(this.details && { details: this.details }) };
  }
}

export function isAppError(error: unknown): error is AppError {
  return typeof error === "object" && error !== null && brand in error;
}

/** The answer for bad input: `fields` maps each field to what is wrong and what would be right. */
export function invalid(fields: Record<string, string>): AppError {
  const [first] = Object.entries(fields);
  return new AppError("invalid", first ? `${first[0]}: ${first[1]}` : "The request is not valid.", fields);
}

/** Unknown and not entitled look the same: a stranger must not learn that the thing exists. */
export function notFound(what: string): AppError {
  return new AppError("not_found", `${what} was not found.`);
}

export function rateLimited(retryAfterMs: number): AppError {
  return new AppError("rate_limited", "Too many requests. Try again shortly.", {
    retryAfterMs: Math.max(1, Math.ceil(retryAfterMs)),
  });
}
