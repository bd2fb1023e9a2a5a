import request from "supertest";
import { startBalancer } from "../harness/balancer";
import { testDatabase } from "../harness/postgres";
import { startRedis } from "../harness/redis";
import { startReplica } from "../harness/replica";
import { waitFor } from "../harness/wait-for";

const replicaCookie = (headers: Record<string, unknown>) =>
  /parley-replica=(r\d)/.exec(String(headers["set-cookie"]))?.[1];

test("replicas behind the shipped HAProxy configuration: sticky, ejected when draining, back when healthy", async () => {
  const redis = await startRedis();
  const databaseUrl = await testDatabase();
  const options = { databaseUrl, redisUrl: redis.url, env: { TRUST_PROXY: "1" } };
  const [first, second] = await Promise.all([startReplica(options), startReplica(options)]);
  const balancer = await startBalancer([first, second]);

  const chosen = replicaCookie((await request(balancer.url).get("/login").expect(200)).headers);
  expect(chosen).toBeDefined();
  const cookie = `parley-replica=${chosen}`;
  const home = chosen === "r1" ? first : second;
  const { headers } = await request(balancer.url).get("/login").set("Cookie", cookie).expect(200);
  expect(replicaCookie(headers)).toBeUndefined();
  await waitFor(() => home.logs().includes(String(headers["x-request-id"])), { what: "the request at its replica" });

  expect(await home.stop()).toBe(0);
  const moved = await request(balancer.url).get("/login").set("Cookie", cookie).expect(200);
  expect(replicaCookie(moved.headers)).toBe(chosen === "r1" ? "r2" : "r1");

  await home.start();
  await waitFor(
    async () => replicaCookie((await request(balancer.url).get("/login").set("Cookie", cookie)).headers) === undefined,
    { what: "the replica to be in use again" },
  );
}, 60_000);

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
