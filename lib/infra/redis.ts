import { createClient, createCluster, type RedisClientType } from "redis";
import { background } from "./background";
import { log } from "./log";
import { service } from "./registry";

/**
 * The connections that replicas share. While Redis is away, commands and publications fail at once (nothing queues
 * up); subscriptions are kept and come back by themselves.
 */
export interface Redis {
  commands: RedisClientType;
  publisher: RedisClientType;
  subscriber: RedisClientType;
  /** Whether this is a cluster: subscriptions must then be sharded. */
  cluster: boolean;
  /** Whether what this replica publishes comes back to it: the only proof that both directions live. */
  healthy(): boolean;
  /** How long the last publication took to come back, in milliseconds. */
  roundTrip(): number;
  /** Calls back each time the subscriptions work again after an outage, in which publications were missed. */
  onRestored(listener: () => void): void;
  close(): Promise<void>;
}

export const redis = service<Redis>("redis");

const tokenEveryMs = 5_000;

/** Half a second at most between early tries, two seconds later on; spread, so that replicas do not come in step. */
const reconnectStrategy = (retries: number) =>
  Math.min(50 * 2 ** Math.min(retries, 6), 2_000) * (0.5 + Math.random() / 2);

function open(urls: string[], role: string): RedisClientType {
  const options = {
    disableOfflineQueue: role !== "subscriber",
    pingInterval: 10_000,
    socket: { connectTimeout: 2_000, keepAlive: true, keepAliveInitialDelay: 5_000, reconnectStrategy },
  };
  const [url = ""] = urls;
  // A cluster answers to the same commands; only what it needs to be opened with differs.
  const client = (urls.length === 1
    ? createClient({ url, ...options })
    : createCluster({
        rootNodes: urls.map((node) => ({ url: node })),
        defaults: options,
      })) as unknown as RedisClientType;
  let failing = false;
  client.on("error", (error: Error) => {
    if (!failing) log().warn({ role, err: error.message }, "Redis does not answer; going on without it");
    failing = true;
  });
  client.on("ready", () => {
    if (failing) log().info({ role }, "Redis answers again");
    failing = false;
  });
  return client;
}

/** Publishes a token to itself every 5 s: a client that reconnected without its subscription looks healthy otherwise. */
function watch(redisClients: Pick<Redis, "publisher" | "subscriber">, replicaId: string) {
  const { publisher, subscriber } = redisClients;
  const listeners: (() => void)[] = [];
  const channel = `parley:token:${replicaId}`;
  let sent = 0;
  let returned = true;
  let healthy = false;
  let lost = false;
  let roundTrip = 0;
  void subscriber
    .subscribe(channel, (token) => {
      if (token !== String(sent)) return;
      returned = true;
      roundTrip = Date.now() - sent;
      healthy = true;
      if (!lost) return;
      lost = false;
      for (const listener of listeners) listener();
    })
    .catch((error: Error) => log().warn({ err: error.message }, "Redis refuses the subscription"));
  const beat = () => {
    if (!returned) {
      healthy = false;
      lost = true;
    }
    returned = false;
    sent = Date.now();
    void publisher.publish(channel, String(sent)).catch(() => {
      healthy = false;
      lost = true;
    });
  };
  const task = background().every("watching Redis", tokenEveryMs, beat);
  for (const client of [publisher, subscriber]) {
    client.on("error", () => {
      healthy = false;
      lost = true;
    });
    client.on("ready", () => setTimeout(beat, 100).unref());
  }
  return {
    healthy: () => healthy,
    roundTrip: () => roundTrip,
    onRestored: (listener: () => void) => void listeners.push(listener),
    stop: task.stop,
  };
}

/**
 * Opens the three connections to the Redis (or, comma-separated, the cluster) of REDIS_URL. Waits at most 2 s for
 * them: a server starts without Redis too, degraded, and takes it into use when it comes.
 */
export async function openRedis(url: string, replicaId: string): Promise<Redis> {
  const urls = url.split(",").map((part) => part.trim());
  const [commands, publisher, subscriber] = ["commands", "publisher", "subscriber"].map((role) => open(urls, role)) as [
    RedisClientType,
    RedisClientType,
    RedisClientType,
  ];
  const clients = [commands, publisher, subscriber];
  const connecting = Promise.all(clients.map((client) => client.connect().catch(() => {})));
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([
    connecting,
    new Promise((resolve) => {
      timer = setTimeout(resolve, 2_000);
    }),
  ]);
  clearTimeout(timer);
  const { stop, ...health } = watch({ publisher, subscriber }, replicaId);
  return {
    commands,
    publisher,
    subscriber,
    cluster: urls.length > 1,
    ...health,
    async close() {
      await stop();
      for (const client of clients) {
        // What is connected finishes its commands. What is not is left to the end of the process: cutting it off would
        // reject subscriptions that wait for Redis, which nobody waits for.
        if (client.isReady) await client.close().catch(() => {});
      }
    },
  };
}
