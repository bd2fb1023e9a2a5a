import { createClient } from "redis";
import { openRedis } from "@/lib/infra/redis";
import { type Link, startLink } from "../faults/stage/link";
import { atEnd } from "../harness/cleanup";
import { startRedis, type TestRedis } from "../harness/redis";
import { waitFor } from "../harness/wait-for";

let server: TestRedis;

beforeAll(async () => {
  server = await startRedis();
});

/** Redis as a replica sees it, through a link of its own; and somebody who speaks on any channel. */
async function open(): Promise<{ link: Link; redis: Awaited<ReturnType<typeof openRedis>> }> {
  const link = await startLink(server.port);
  const redis = await openRedis(`redis://127.0.0.1:${link.port}`, `replica-${link.port}`);
  atEnd(() => redis.close());
  await waitFor(redis.healthy, { what: "the first token to return" });
  return { link, redis };
}

async function say(channel: string, text: string): Promise<void> {
  const client = await createClient({ url: server.url }).connect();
  await client.publish(channel, text);
  await client.close();
}

test("connections whose other end fell silent are replaced, and what they subscribed to is heard again", async () => {
  const { link, redis } = await open();
  const heard: string[] = [];
  let restored = 0;
  redis.onRestored(() => {
    restored += 1;
  });
  await redis.subscriber.subscribe("news", (text) => heard.push(text));
  const since = performance.now();
  // What was open stays open and dead; what is opened from now on works.
  link.freeze();
  link.heal();
  await waitFor(() => restored > 0, { timeout: 15_000, what: "the token to return again" });
  expect(performance.now() - since).toBeLessThan(10_000);
  await say("news", "after");
  await waitFor(() => heard.includes("after"), { what: "the subscription" });
  expect(await redis.commands.ping()).toBe("PONG");
  expect(restored).toBe(1);
}, 40_000);

test("a Redis that takes connections and says nothing is unhealthy, and used again when it speaks", async () => {
  const { link, redis } = await open();
  link.freeze();
  await waitFor(() => !redis.healthy(), { timeout: 10_000, what: "the silence to be noticed" });
  const ready = () => [redis.commands, redis.publisher, redis.subscriber].filter(({ isReady }) => isReady).length;
  // The new ones hang while they are being made, which nothing but time can tell.
  await waitFor(() => ready() === 0 && link.connections() === 3, { what: "new connections to be tried" });
  link.heal();
  await waitFor(() => redis.healthy() && ready() === 3, { timeout: 25_000, what: "Redis to be used again" });
  expect(await redis.commands.ping()).toBe("PONG");
}, 60_000);

test("a subscription that breaks off before its first answer is made again", async () => {
  const { link, redis } = await open();
  const heard: string[] = [];
  link.throttle({ down: 0 });
  void redis.subscriber.subscribe("late", (text) => heard.push(text));
  await waitFor(async () => (await subscribers("late")) > 0, { what: "Redis to have it" });
  link.cut();
  link.heal();
  await waitFor(redis.healthy, { timeout: 15_000, what: "Redis to be back" });
  await waitFor(async () => (await subscribers("late")) > 0, { what: "Redis to have it again" });
  await say("late", "after");
  await waitFor(() => heard.includes("after"), { what: "the subscription" });
}, 40_000);

async function subscribers(channel: string): Promise<number> {
  const client = await createClient({ url: server.url }).connect();
  const counts = await client.pubSubNumSub(channel);
  await client.close();
  return counts[channel] ?? 0;
}
