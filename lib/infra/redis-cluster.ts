import { createCluster, type RedisClientType } from "redis";
import { background } from "./background";

type Listener = (message: Buffer, channel: Buffer) => void;

/** What this uses of a cluster client; the library's own type depends on every module it knows. */
interface Cluster {
  readonly isOpen: boolean;
  connect(): Promise<unknown>;
  on(event: string, listener: (...values: never[]) => void): unknown;
  removeAllListeners(event: string): unknown;
  sSubscribe(channel: string, listener: Listener, bufferMode: true): Promise<void>;
  sUnsubscribe(channel: string, listener?: Listener, bufferMode?: true): Promise<void>;
}

/** How soon, in ms, a node that does not come back makes the client ask the others who has its slots now. */
const REDISCOVER_AFTER_MS = 500;
const ATTEMPT_EVERY_MS = 1_000;

/**
 * A client of a Redis cluster. It speaks the same commands as one of a single Redis; what it needs besides, for as long as
 * the process runs: a first connection is tried again and again, because the library does so only for later ones.
 */
export function openCluster(urls: string[], defaults: object): RedisClientType {
  const cluster = createCluster({
    rootNodes: urls.map((url) => ({ url })),
    defaults,
    topologyRefreshOnReconnectionAttemptStrategy: REDISCOVER_AFTER_MS,
  }) as unknown as Cluster;
  background().every("connecting to the Redis cluster", ATTEMPT_EVERY_MS, async () => {
    if (!cluster.isOpen) await cluster.connect().catch(() => {});
  });
  return cluster as unknown as RedisClientType;
}

/**
 * Keeps sharded subscriptions: what cannot be subscribed now, or is lost with a node, is tried again every second. A call of
 * `sSubscribe` or `sUnsubscribe` on the client this returns therefore never fails.
 */
export function keepSubscriptions(client: RedisClientType): RedisClientType {
  const cluster = client as unknown as Cluster;
  const wanted = new Map<string, Listener>();
  const missing = new Set<string>();

  async function attempt(): Promise<void> {
    for (const channel of [...missing]) {
      const listener = wanted.get(channel);
      try {
        if (listener) await cluster.sSubscribe(channel, listener, true);
        missing.delete(channel);
      } catch {
        return;
      }
    }
  }

  // The library subscribes again by itself, but leaves a failure of that to nobody.
  cluster.removeAllListeners("__resubscribeListeners");
  cluster.on("__resubscribeListeners", ({ SHARDED }: { SHARDED: Map<string, unknown> }) => {
    for (const channel of SHARDED.keys()) missing.add(channel);
    void attempt();
  });
  background().every("subscribing in the Redis cluster", ATTEMPT_EVERY_MS, attempt);

  return new Proxy(client, {
    get(target, property) {
      if (property === "sSubscribe") {
        return async (channel: string, listener: Listener) => {
          wanted.set(channel, listener);
          missing.add(channel);
          await attempt();
        };
      }
      if (property === "sUnsubscribe") {
        return async (channel: string) => {
          wanted.delete(channel);
          missing.delete(channel);
          await cluster.sUnsubscribe(channel).catch(() => {});
        };
      }
      const value = Reflect.get(target, property, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
