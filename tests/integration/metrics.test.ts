import { Client } from "pg";
import request from "supertest";
import { freePort } from "@/lib/infra/postgres-program";
import { connect } from "../harness/connection";
import { promtool } from "../harness/promtool";
import { startRedis } from "../harness/redis";
import { startReplica } from "../harness/replica";
import { openScene, refusal, say, send } from "../harness/scene";
import { waitFor } from "../harness/wait-for";

const token = "a token for the metrics that only tests use";
const guarded = { METRICS_TOKEN: token };

const ask = (url: string, presented = token) =>
  request(url).get("/metrics").set("Authorization", `Bearer ${presented}`);

/** Samples by name and labels, as `parley_sockets{transport="websocket"}`. */
async function scrape(url: string): Promise<Map<string, number>> {
  const { text } = await ask(url).expect(200);
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(lines.map((line) => [line.replace(/ [^ ]*$/, ""), Number(line.split(" ").at(-1))]));
}

/** The tests' server listens on all of 127.0.0.0/8 then, of which what is for this machine alone takes one address. */
const everywhere = { HOST: "0.0.0.0" };
const otherAddress = (port: number) => `http://127.0.0.2:${port}`;

describe("who may read them", () => {
  test("nobody, when nothing is configured", async () => {
    const { url } = await startReplica();
    await request(url).get("/metrics").expect(404);
    await ask(url).expect(404);
  });

  test("who presents the token", async () => {
    const { url } = await startReplica({ env: guarded });
    const refused = await request(url).get("/metrics").expect(401);
    expect(refused.headers["www-authenticate"]).toBe("Bearer");
    expect(refused.text).not.toContain("parley_");
    for (const wrong of ["", token.slice(1), `${token}x`, "é"]) await ask(url, wrong).expect(401);
    const { headers } = await ask(url).expect(200);
    expect(headers["content-type"]).toContain("version=0.0.4");
  });

  test("this machine, on a port of their own", async () => {
    const port = await freePort();
    const replica = await startReplica({ env: { ...everywhere, METRICS_PORT: String(port) } });
    await request(`http://127.0.0.1:${port}`).get("/metrics").expect(200);
    await request(`http://127.0.0.1:${port}`).get("/").expect(404);
    await request(otherAddress(replica.port)).get("/metrics").expect(404);
    await expect(request(otherAddress(port)).get("/metrics")).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });

  test("other machines with the token, on a port of their own", async () => {
    const port = await freePort();
    const replica = await startReplica({ env: { ...everywhere, ...guarded, METRICS_PORT: String(port) } });
    await request(otherAddress(port)).get("/metrics").expect(401);
    await ask(otherAddress(port)).expect(200);
    await ask(replica.url).expect(404);
    expect(await replica.stop()).toBe(0);
  });
});

test("messages, deliveries, sockets, requests and refusals are counted", async () => {
  const scene = await openScene(["ada", "bob"], { env: { ...guarded, RATE_LIMIT_FACTOR: "1" } });
  const { url } = scene.server;
  const bob = await scene.connect("bob");
  const polling = await scene.connect("ada", { transports: ["polling"] });
  await expect(connect(url, { token: "none" })).rejects.toThrow();
  const before = await scrape(url);
  expect(before.has("parley_redis_ok")).toBe(false);
  expect(before.get('parley_sockets{transport="websocket"}')).toBe(1);
  expect(before.get('parley_sockets{transport="polling"}')).toBe(1);
  expect(before.get('parley_sockets_refused_total{code="unauthorized"}')).toBe(1);

  await say(scene.people.ada, scene.lobby.id, "by REST");
  await send(bob, scene.lobby.id, "by socket");
  await scene.fence(bob, polling);
  const after = await scrape(url);
  const grown = (name: string) => (after.get(name) ?? 0) - (before.get(name) ?? 0);
  expect(grown("parley_messages_stored_total")).toBe(3);
  expect(grown("parley_store_duration_seconds_count")).toBe(3);
  expect(grown("parley_store_batch_messages_sum")).toBe(3);
  expect(grown("parley_delivered_changes_total")).toBe(6);
  expect(grown("parley_delivered_packets_total")).toBe(6);
  expect(grown('parley_ack_duration_seconds_count{event="message:send"}')).toBe(1);
  expect(grown('parley_http_requests_total{route="api",status="2xx"}')).toBe(2);
  expect(grown('parley_http_request_duration_seconds_count{route="api"}')).toBe(2);

  const refusals = await Promise.all(
    Array.from({ length: 20 }, (_, index) => refusal(send(bob, scene.lobby.id, `${index}`))),
  );
  const refused = refusals.filter((code) => code === "rate_limited").length;
  expect(refused).toBeGreaterThan(0);
  expect((await scrape(url)).get('parley_rate_limited_total{bucket="send"}')).toBe(refused);
}, 60_000);

test("a Redis that goes, and a database that goes, show", async () => {
  const redis = await startRedis();
  const scene = await openScene(["ada"], { redisUrl: redis.url, env: guarded });
  const { url, databaseUrl } = scene.server;
  await scene.connect("ada");
  const reads = async (name: string) => (await scrape(url)).get(name);
  await waitFor(async () => (await reads("parley_redis_ok")) === 1, { what: "Redis to be found" });
  expect(await reads("parley_serving")).toBe(1);
  await redis.kill();
  await waitFor(async () => (await reads("parley_redis_ok")) === 0, { what: "its loss to show" });
  expect(await reads("parley_serving")).toBe(1);

  const address = new URL(databaseUrl);
  const name = address.pathname.slice(1);
  address.pathname = "/postgres";
  const client = new Client({ connectionString: address.href });
  await client.connect();
  await client.query(`DROP DATABASE ${name} WITH (FORCE)`);
  await client.end();
  await waitFor(async () => (await reads("parley_serving")) === 0, { what: "the loss of the database to show" });
  const now = await scrape(url);
  expect(now.get('parley_check_ok{check="database"}')).toBe(0);
  const failed = [...now].filter(([key]) => key.startsWith("parley_background_failures_total{"));
  expect(failed.length).toBeGreaterThan(0);
}, 60_000);

test("promtool finds nothing to say about them", async () => {
  const scene = await openScene(["ada"], { env: guarded });
  const ada = await scene.connect("ada");
  await send(ada, scene.lobby.id, "so that every kind has a sample");
  expect(promtool(["check", "metrics"], (await ask(scene.server.url).expect(200)).text)).toBe("");
});
