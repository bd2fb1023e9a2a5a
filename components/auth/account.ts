import { type ApiError, toApiError } from "@/lib/client/api-error";
import type { LoginInput, RegisterInput } from "@/lib/protocol/routes";
import { sentence } from "../ui/field-problem";

export interface Refusal {
  /** For the whole form; null when every complaint belongs to a field. */
  message: string | null;
  fields: Record<string, string>;
}

/** Registers or signs in, which sets this browser's cookies. Null when it worked. */
export async function signIn(input: RegisterInput | LoginInput): Promise<Refusal | null> {
  try {
    const { session } = await accountClient();
    await ("login" in input ? session.login(input) : session.register(input));
    return null;
  } catch (error) {
    return toRefusal(toApiError(error));
  }
}

/** Continues the session that this browser had; false when there is none any more, or nobody could say. */
export async function resume(): Promise<boolean> {
  try {
    const { credentials } = await accountClient();
    return (await credentials.renew()) === "renewed";
  } catch {
    return false;
  }
}

/** Loaded when it is needed: the form is there before it, and the chat that comes next needs the same. */
async function accountClient() {
  const [{ browserEnvironment }, { createSession }, { createCredentials }] = await Promise.all([
    import("@/lib/client/browser"),
    import("@/lib/client/session"),
    import("@/lib/client/credentials"),
  ]);
  const environment = browserEnvironment();
  return {
    session: createSession(environment),
    credentials: createCredentials({ environment, onRenewed: () => undefined, onEnded: () => undefined }),
  };
}

/** Sorts a refusal into what stands beside its field and what stands above the form. */
export function toRefusal(error: ApiError): Refusal {
  if (error.code === "rate_limited") return { message: `Too many tries. ${waitOf(error.retryAfterMs)}`, fields: {} };
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

function waitOf(wait: number | null): string {
  if (wait === null) return "Wait a little and try again.";
  const minutes = Math.ceil(wait / 60_000);
  return minutes <= 1 ? "Try again in a minute." : `Try again in ${minutes} minutes.`;
}
