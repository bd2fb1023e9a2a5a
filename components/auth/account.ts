import type { ErrorBody } from "@/lib/protocol/errors";
import type { RouteBody } from "@/lib/protocol/routes";
import { sentence } from "../ui/field-problem";

type AccountRoute = "POST /api/auth/register" | "POST /api/auth/login" | "POST /api/auth/refresh";

export interface Refusal {
  /** For the whole form; null when every complaint belongs to a field. */
  message: string | null;
  fields: Record<string, string>;
}

/** Calls an account route, whose answer sets this browser's cookies. Null when it worked. */
export async function callAccount<R extends AccountRoute>(route: R, body: RouteBody<R>): Promise<Refusal | null> {
  try {
    const response = await fetch(route.slice("POST ".length), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    return response.ok ? null : toRefusal(await readError(response));
  } catch {
    return { message: "The server can't be reached. Check your connection and try again.", fields: {} };
  }
}

async function readError(response: Response): Promise<ErrorBody | null> {
  try {
    return ((await response.json()) as { error: ErrorBody }).error ?? null;
  } catch {
    return null;
  }
}

/** Sorts a refusal into what stands beside its field and what stands above the form. */
export function toRefusal(error: ErrorBody | null): Refusal {
  if (!error) return { message: "The server could not answer. Try again in a moment.", fields: {} };
  if (error.code === "rate_limited") return { message: `Too many tries. ${waitOf(error)}`, fields: {} };
  const fields: Record<string, string> = {};
  if (error.code === "invalid" || error.code === "conflict") {
    for (const [field, problem] of Object.entries(error.details ?? {})) {
      if (typeof problem === "string") fields[field] = sentence(problem);
    }
    const [taken, ...others] = Object.keys(fields);
    // Of a conflict the message says more than the field's "is taken".
    if (error.code === "conflict" && taken && others.length === 0) fields[taken] = error.message;
  }
  return { message: Object.keys(fields).length > 0 ? null : error.message, fields };
}

function waitOf(error: ErrorBody): string {
  const wait = error.details?.retryAfterMs;
  if (typeof wait !== "number") return "Wait a little and try again.";
  const minutes = Math.ceil(wait / 60_000);
  return minutes <= 1 ? "Try again in a minute." : `Try again in ${minutes} minutes.`;
}
