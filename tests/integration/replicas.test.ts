import request from "supertest";
import { startRedis } from "../harness/redis";
import { startReplica } from "../harness/replica";
import { waitFor } from "../harness/wait-for";

test("health tells of a Redis that goes and comes back; the server serves all the while", async () => {
  const redis = await startRedis();
  const replica = await startReplica({ redisUrl: redis.url });
  const state = async () => (await request(replica.url).get("/health").expect(200)).body;
  await waitFor(async () => (await state()).checks.redis.status === "ok", { what: "Redis to be found" });
  await redis.kill();
  await waitFor(async () => (await state()).checks.redis.status === "degraded", { what: "the loss to be noticed" });
  await request(replica.url).get("/login").expect(200);
  await redis.start();
  await waitFor(async () => (await state()).checks.redis.status === "ok", { what: "Redis to be used again" });
  expect(replica.logs()).not.toContain("nothing handled");
  expect(await replica.stop()).toBe(0);
}, 60_000);

test("a Redis that is not there does not keep the server from starting", async () => {
  const redis = await startRedis();
  await redis.kill();
  const replica = await startReplica({ redisUrl: redis.url });
  const state = async () => (await request(replica.url).get("/health").expect(200)).body;
  expect((await state()).checks.redis.status).toBe("degraded");
  await redis.start();
  await waitFor(async () => (await state()).checks.redis.status === "ok", { what: "Redis to be taken into use" });
}, 60_000);
