import { setImmediate as turn, setTimeout as wait } from "node:timers/promises";
import type { RedisClientType } from "redis";
import { background } from "./background";
import { log } from "./log";
import type { Bus } from "./redis";

/** In ms. What was sent in one round must be back in the next. */
const EVERY_MS = 4_000;
/** A client without a connection says something at each of its tries; one that is silent for longer, in ms, hangs in one. */
const HANGS_AFTER_MS = 6_000;
/** Longer than a client pauses between two tries, in ms: then it has found itself closed. */
const LONGEST_PAUSE_MS = 2_500;

/** From a connection to the first token, in ms: the other client is usually back by then. */
const SETTLE_MS = 100;

type Role = "commands" | "publisher" | "subscriber";

/**
 * Proves that Redis carries: publishes a token to this replica itself, and asks a question, every 4 s. A client that
 * reconnected without its subscription looks healthy otherwise, and so does a connection whose other end is gone without
 * a word. Where an answer is missing while everything looks connected, new connections are made: silence is noticed and
 * mended within 8 s. In a cluster the token goes over several channels, each of which must bring it back.
 */
export function watchRedis(clients: Record<Role, RedisClientType>, bus: Bus, channels: string[], cluster: boolean) {
  const { commands, publisher, subscriber } = clients;
  const listeners: (() => void)[] = [];
  const outstanding = new Set<string>();
  let token = 0;
  let sentAt = 0;
  let answered = true;
  let healthy = false;
  let lost = false;
  let roundTrip = 0;
  const roles: Role[] = ["commands", "publisher", "subscriber"];
  const lastSign = { commands: 0, publisher: 0, subscriber: 0 };
  for (const role of roles) {
    for (const sign of ["connect", "ready", "error", "reconnecting"]) {
      clients[role].on(sign, () => {
        lastSign[role] = performance.now();
      });
    }
  }
  const fail = () => {
    healthy = false;
    lost = true;
  };

  function hear(channel: string, text: string): void {
    if (text !== String(token) || !outstanding.delete(channel) || outstanding.size > 0) return;
    roundTrip = Math.round(performance.now() - sentAt);
    healthy = true;
    if (!lost) return;
    lost = false;
    for (const listener of listeners) listener();
  }

  function send(): void {
    token += 1;
    sentAt = performance.now();
    answered = false;
    for (const channel of channels) {
      outstanding.add(channel);
      void bus.publish(channel, String(token));
    }
    commands.ping().then(
      () => {
        answered = true;
      },
      () => {},
    );
  }

  async function beat(): Promise<void> {
    // After a pause of this process the answers may be here, but unread: they have two turns to be heard first.
    await turn();
    await turn();
    const now = performance.now();
    if (now - sentAt < EVERY_MS / 2) return;
    const returned = outstanding.size === 0;
    if (!returned) fail();
    const silent = { commands: !answered, publisher: !returned, subscriber: !returned };
    const deaf = publisher.isReady && subscriber.isReady;
    const reopening = roles.filter((role) => {
      if (clients[role].isReady) return silent[role] && (role === "commands" || deaf);
      return now - lastSign[role] > HANGS_AFTER_MS;
    });
    if (!cluster) await Promise.all(reopening.map(reopen));
    send();
  }

  /** Makes a new connection; what is subscribed to stays so. (A cluster's client would forget it, and looks after its nodes itself.) */
  async function reopen(role: Role): Promise<void> {
    const client = clients[role];
    const wasReady = client.isReady;
    log().warn({ role }, "Redis is connected but silent; connecting anew");
    lastSign[role] = performance.now();
    client.destroy();
    if (!wasReady) await wait(LONGEST_PAUSE_MS);
    client.connect().catch(() => {});
  }

  for (const channel of channels) bus.subscribe(channel, (text) => hear(channel, text));
  for (const client of [publisher, subscriber]) {
    // A cluster's client tells of its nodes instead of itself.
    for (const sign of ["error", "node-error"]) client.on(sign, fail);
    for (const sign of ["ready", "node-ready"]) client.on(sign, () => setTimeout(send, SETTLE_MS).unref());
  }
  const task = background().every("watching Redis", EVERY_MS, beat, { firstMs: 0 });
  return {
    healthy: () => healthy,
    roundTrip: () => roundTrip,
    onRestored: (listener: () => void) => void listeners.push(listener),
    stop: task.stop,
  };
}
