import { createClient, type RedisClientType } from "redis";
import { log } from "./log";
import { keepSubscriptions, openCluster } from "./redis-cluster";
import { persistently, quietly } from "./redis-promises";
import { watchRedis } from "./redis-watch";
import { service } from "./registry";

/** Channels, over a single Redis as over a cluster. */
export interface Bus {
  /** Publishes to whoever has subscribed, or does not: never rejects. What an outage swallows is made good by the comparison of heads. */
  publish(channel: string, text: string): Promise<number>;
  /** Subscribes for as long as the process runs, through every outage. */
  subscribe(channel: string, listener: (text: string) => void): void;
}

/** The connections that replicas share. */
export interface Redis extends Bus {
  /** While Redis is away they fail at once; nothing queues up. Whoever waits for an answer bounds it with `answerOf`. */
  commands: RedisClientType;
  /** Publishes, or does not: never rejects. */
  publisher: RedisClientType;
  /** Subscriptions are tried until they work, and come back after each outage. */
  subscriber: RedisClientType;
  /** Whether this is a cluster: subscriptions must then be sharded, and keys of one script share a `{tag}`. */
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

/** Commands that may wait for their answers on a connection; beyond it they fail at once. */
const MAX_COMMANDS = 10_000;
/** What is asked on the way to a person's answer waits this long at most, in ms; see docs/decisions.md, "Redis that answers late". */
const ANSWER_MS = 1_000;

/** The answer of Redis, if it comes within a second. @throws when it does not, or is a refusal. */
export async function answerOf<T>(question: Promise<T>, withinMs = ANSWER_MS): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("Redis did not answer in time.")), withinMs);
  });
  try {
    return await Promise.race([question, late]);
  } finally {
    clearTimeout(timer);
    // What comes too late may still be a failure, for which nobody waits.
    question.catch(() => {});
  }
}

/** Half a second at most between early tries, two seconds later on; spread, so that replicas do not come in step. */
const reconnectStrategy = (retries: number) =>
  Math.min(50 * 2 ** Math.min(retries, 6), 2_000) * (0.5 + Math.random() / 2);

function open(urls: string[], role: string): RedisClientType {
  const options = {
    disableOfflineQueue: role !== "subscriber",
    commandsQueueMaxLength: MAX_COMMANDS,
    // Whoever waits for an answer bounds it (answerOf); a timer for each publication would be waste.
    commandOptions: { timeout: undefined },
    pingInterval: 10_000,
    socket: { connectTimeout: 2_000, keepAlive: true, keepAliveInitialDelay: 5_000, reconnectStrategy },
  };
  const [url = ""] = urls;
  const client = (
    urls.length === 1 ? createClient({ url, ...options }) : openCluster(urls, options)
  ) as RedisClientType;
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

/** In a cluster, over how many channels changes are spread, and so over how many nodes at most; else one. */
const CLUSTER_CHANNELS = 16;

/**
 * The channels over which traffic of this kind is spread. In a cluster those of one place lie on the same node, whatever
 * their kind.
 */
export function spreadChannels(kind: string, cluster: boolean): string[] {
  if (!cluster) return [kind];
  return Array.from({ length: CLUSTER_CHANNELS }, (_, place) => `${kind}:{place-${place}}`);
}

/**
 * Opens the three connections to the Redis (or, comma-separated, the cluster) of REDIS_URL. Waits at most 2 s for
 * them: a server starts without Redis too, degraded, and takes it into use when it comes.
 */
export async function openRedis(url: string, replicaId: string): Promise<Redis> {
  const urls = url.split(",").map((part) => part.trim());
  const cluster = urls.length > 1;
  const [commands, publisher, receiver] = ["commands", "publisher", "subscriber"].map((role) => open(urls, role)) as [
    RedisClientType,
    RedisClientType,
    RedisClientType,
  ];
  const clients = [commands, publisher, receiver];
  const subscriber = cluster ? keepSubscriptions(receiver) : receiver;
  const connecting = Promise.all(clients.map((client) => client.connect().catch(() => {})));
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([
    connecting,
    new Promise((resolve) => {
      timer = setTimeout(resolve, 2_000);
    }),
  ]);
  clearTimeout(timer);
  const ending = new AbortController();
  const [quiet, patient] = [quietly(publisher), persistently(subscriber, ending.signal)];
  const bus: Bus = {
    publish: (channel, text) => (cluster ? quiet.sPublish(channel, text) : quiet.publish(channel, text)),
    subscribe(channel, listener) {
      if (cluster) void patient.sSubscribe(channel, (text: Buffer) => listener(text.toString()), true);
      else void patient.subscribe(channel, listener);
    },
  };
  const tokens = spreadChannels(`parley:token:${replicaId}`, cluster);
  const { stop, ...health } = watchRedis({ commands, publisher, subscriber: receiver }, bus, tokens, cluster);
  return {
    commands,
    publisher: quiet,
    subscriber: patient,
    cluster,
    ...bus,
    ...health,
    async close() {
      ending.abort();
      await stop();
      for (const client of clients) {
        // What is connected finishes its commands. What is not is left to the end of the process: cutting it off would
        // reject subscriptions that wait for Redis, which nobody waits for.
        if (client.isReady) await client.close().catch(() => {});
      }
    },
  };
}
