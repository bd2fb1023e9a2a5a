import type { RouteOutput } from "../protocol/routes";
import { type ApiOptions, request } from "./api";
import { toApiError } from "./api-error";
import type { Channel, Environment } from "./environment";

/** Renewed this long before the end, in ms; the server closes a socket 60 s after it. */
const EARLY_MS = 60_000;
/** Whatever times the server names, it is asked at most this often, in ms: wrong clocks must not make a loop. */
const MIN_LIFE_MS = 30_000;
const MAX_LIFE_MS = 60 * 60_000;
const UNKNOWN_LIFE_MS = 15 * 60_000;
/**
 * Waits between tries, in ms. The first ones, with `ANSWER_MS`, stay within the 10 s in which a token that was used leads
 * to its successor: an answer that was lost must not cost the session.
 */
const RETRY_MS = [1_000, 1_000, 5_000, 10_000];
const ANSWER_MS = 4_000;
/** How long another tab may take to renew, in ms. */
const LOCK_WAIT_MS = 20_000;
const KEY = "parley-renew-at";

export type Renewal = "renewed" | "ended" | "unreachable";

export interface Credentials {
  /** The bearer token; null where cookies carry the session. */
  token: () => string | null;
  /** Renews the session once for all tabs; whoever asks meanwhile, here or in another tab, shares the outcome. */
  renew: () => Promise<Renewal>;
  start: () => void;
  stop: () => void;
}

type Tokens = RouteOutput<"POST /api/auth/refresh">;

/** How long a session lasts from now, by the server's own clock: this device's may be hours off. */
export function lifeOf(expiresAt: string, sentAt: number | null): number {
  const life = sentAt === null ? Number.NaN : Date.parse(expiresAt) - sentAt;
  return Number.isNaN(life) ? UNKNOWN_LIFE_MS : Math.min(MAX_LIFE_MS, Math.max(MIN_LIFE_MS + EARLY_MS, life));
}

/** Remembers when to renew a session that was just begun, for the page that comes next. */
export function noteRenewal(
  environment: Pick<Environment, "keep" | "clock">,
  expiresAt: string,
  sentAt: number | null,
) {
  const at = environment.clock.now() + lifeOf(expiresAt, sentAt) - EARLY_MS;
  environment.keep.set(KEY, String(at));
  return at;
}

export function forgetRenewal(environment: Pick<Environment, "keep">): void {
  environment.keep.set(KEY, null);
}

export function createCredentials(options: {
  environment: Environment;
  /** A new access token, whichever tab fetched it: open sockets must be told. */
  onRenewed: (token: string) => void;
  onEnded: () => void;
}): Credentials {
  const { environment } = options;
  const { clock, keep } = environment;
  let bearer = environment.bearer ?? null;
  let renewing: Promise<Renewal> | null = null;
  let renewedAt = Number.NEGATIVE_INFINITY;
  let failures = 0;
  let timer: unknown = null;
  let channel: Channel | null = null;
  let unwatch: (() => void) | null = null;
  const asker: ApiOptions = { environment };

  function plan(at: number): void {
    clock.clearTimeout(timer);
    timer = clock.setTimeout(() => void renewInTime(), Math.max(0, at - clock.now()));
  }

  async function renewInTime(): Promise<void> {
    if ((await renew()) !== "unreachable") return;
    plan(clock.now() + (RETRY_MS[Math.min(failures, RETRY_MS.length) - 1] ?? 0));
  }

  async function exchange(): Promise<Renewal> {
    try {
      const body = bearer?.refreshToken ? { refreshToken: bearer.refreshToken } : {};
      const headers: ApiOptions = bearer ? { ...asker, token: () => bearer?.accessToken ?? null } : asker;
      const { data, sentAt } = await request(headers, "POST /api/auth/refresh", { body }, ANSWER_MS);
      const tokens = data as Tokens;
      if (bearer) bearer = { refreshToken: bearer.refreshToken, ...tokens };
      renewedAt = clock.now();
      failures = 0;
      plan(noteRenewal(environment, tokens.expiresAt, sentAt));
      channel?.post({ kind: "renewed", token: tokens.accessToken });
      options.onRenewed(tokens.accessToken);
      return "renewed";
    } catch (error) {
      if (!toApiError(error).definite && toApiError(error).code !== "unauthorized") {
        failures += 1;
        return "unreachable";
      }
      forgetRenewal(environment);
      channel?.post({ kind: "ended" });
      options.onEnded();
      return "ended";
    }
  }

  async function renewOnce(): Promise<Renewal> {
    if (bearer && !bearer.refreshToken) {
      options.onEnded();
      return "ended";
    }
    const asked = clock.now();
    let outcome: Renewal = "unreachable";
    const waiting = new AbortController();
    const limit = clock.setTimeout(() => waiting.abort(), LOCK_WAIT_MS);
    try {
      await environment.locks.request("parley-session", { signal: waiting.signal }, async () => {
        clock.clearTimeout(limit);
        outcome = renewedAt >= asked ? "renewed" : await exchange();
      });
    } catch {
      // The wait was given up: another tab hangs.
    }
    clock.clearTimeout(limit);
    return outcome;
  }

  function renew(): Promise<Renewal> {
    renewing ??= renewOnce().finally(() => {
      renewing = null;
    });
    return renewing;
  }

  function hear(note: unknown): void {
    if (typeof note !== "object" || note === null || !("kind" in note)) return;
    if (note.kind === "ended") options.onEnded();
    if (note.kind !== "renewed" || !("token" in note) || typeof note.token !== "string") return;
    renewedAt = clock.now();
    plan(plannedAt() ?? renewedAt + UNKNOWN_LIFE_MS - EARLY_MS);
    options.onRenewed(note.token);
  }

  /** Null when unknown, or so far off that the clock must have been changed since. */
  function plannedAt(): number | null {
    const at = Number(keep.get(KEY) ?? Number.NaN);
    return Number.isNaN(at) || at > clock.now() + MAX_LIFE_MS ? null : at;
  }

  return {
    token: () => bearer?.accessToken ?? null,
    renew,
    start() {
      if (bearer && !bearer.refreshToken) return;
      channel = environment.channel("parley-session");
      channel.listen(hear);
      const known = bearer?.expiresAt ? Date.parse(bearer.expiresAt) - EARLY_MS : plannedAt();
      plan(known ?? clock.now());
      // Timers sleep with the device.
      unwatch = environment.signals.watch(() => {
        const at = plannedAt();
        if (at !== null && at <= clock.now() && environment.signals.isOnline()) void renewInTime();
      });
    },
    stop() {
      clock.clearTimeout(timer);
      channel?.close();
      channel = null;
      unwatch?.();
    },
  };
}
