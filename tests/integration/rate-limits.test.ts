import { createClient, type RedisClientType } from "redis";
import { moveSharedToken } from "@/lib/infra/token-buckets";
import { atEnd } from "../harness/cleanup";
import { startRedis, type TestRedis } from "../harness/redis";

const limit = { count: 5, per: 3_600_000 };
let redis: TestRedis;
let first: RedisClientType;
let second: RedisClientType;

async function client(): Promise<RedisClientType> {
  const opened = createClient({ url: redis.url, disableOfflineQueue: true }) as RedisClientType;
  opened.on("error", () => undefined);
  await opened.connect();
  atEnd(() => opened.destroy());
  return opened;
}

const take = (by: RedisClientType, key: string) => moveSharedToken(by, key, limit, 1, "take");

beforeAll(async () => {
  redis = await startRedis();
  [first, second] = await Promise.all([client(), client()]);
}, 30_000);

test("replicas take from one bucket, also at the same moment", async () => {
  const waits = await Promise.all(Array.from({ length: 20 }, (_, turn) => take(turn % 2 ? first : second, "together")));
  expect(waits.filter((wait) => wait === 0)).toHaveLength(5);
  for (const wait of waits.filter((one) => one > 0)) expect(wait).toBeLessThanOrEqual(limit.per / limit.count);
});

test("refused attempts change nothing, and a token given back can be taken again", async () => {
  for (let taken = 0; taken < 5; taken += 1) expect(await take(first, "back")).toBe(0);
  const waits = [await take(first, "back"), await take(second, "back")];
  expect(Number(waits[1])).toBeLessThanOrEqual(Number(waits[0]));
  await moveSharedToken(second, "back", limit, 1, "give back");
  expect(await take(first, "back")).toBe(0);
  expect(await take(first, "back")).toBeGreaterThan(0);
});

test("an emptied bucket leaves nothing behind in Redis for longer than it takes to fill", async () => {
  await take(first, "expiring");
  const left = await first.pTTL("expiring");
  expect(left).toBeGreaterThan(0);
  expect(left).toBeLessThanOrEqual(limit.per / limit.count);
  await moveSharedToken(first, "expiring", limit, 1, "give back");
  expect(await first.exists("expiring")).toBe(0);
});

test("a Redis that is gone is told at once", async () => {
  await redis.kill();
  const before = performance.now();
  await expect(take(first, "gone")).rejects.toThrow();
  expect(performance.now() - before).toBeLessThan(1_000);
});
