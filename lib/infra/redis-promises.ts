import { setTimeout as wait } from "node:timers/promises";
import type { RedisClientType } from "redis";

/** Between two tries of a subscription, in ms. */
const AGAIN_MS = 1_000;

type Call = (...values: unknown[]) => Promise<unknown>;

/** The same client, some of whose methods do something else. */
function changed(client: RedisClientType, change: (method: string, call: Call) => Call): RedisClientType {
  return new Proxy(client, {
    get(target, property) {
      const value = Reflect.get(target, property, target);
      return typeof value === "function" ? change(String(property), value.bind(target)) : value;
    },
  });
}

/** Publications never reject: what Redis does not take is made good elsewhere, and who publishes waits for nothing. */
export function quietly(publisher: RedisClientType): RedisClientType {
  return changed(publisher, (method, call) => {
    if (method !== "publish" && method !== "sPublish") return call;
    return (...values) => call(...values).catch(() => 0);
  });
}

/**
 * Subscriptions never reject, and are tried until they work or `signal` ends it: one that breaks off before its first answer
 * is forgotten by the client. (Those that worked come back with each connection.)
 */
export function persistently(subscriber: RedisClientType, signal: AbortSignal): RedisClientType {
  const persist = async (subscribe: () => Promise<unknown>) => {
    while (!signal.aborted) {
      try {
        return await subscribe();
      } catch {
        await wait(AGAIN_MS, undefined, { signal, ref: false }).catch(() => {});
      }
    }
    return undefined;
  };
  return changed(subscriber, (method, call) => {
    if (/^[ps]?unsubscribe$/i.test(method)) return (...values) => call(...values).catch(() => undefined);
    if (/^[ps]?subscribe$/i.test(method)) return (...values) => persist(() => call(...values));
    return call;
  });
}
