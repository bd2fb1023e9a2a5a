import { createClient } from "redis";
import { newClientId } from "../harness/scene";
import { waitFor } from "../harness/wait-for";
import { quantile } from "./stage/ledger";
import { scenario } from "./stage/scenario";
import type { Screen } from "./stage/screen";
import { RATE, type Stage } from "./stage/stage";

const KILLS = 20;
const SLOW_MS = 500;

/**
 * What people notice of Redis while it fails: nothing of their own messages, and of others' that they come a little later.
 * On its author's own screen a message waits for those before it, and what other replicas stored must be asked for, a quarter
 * of a second later; who waited for Redis itself would wait two.
 */
function figures(stage: Stage, from: number, to: number, ackAtMost = 1_000): void {
  stage.figure("ack p99", stage.ackTime(0.99, from, to), { unit: "ms", atMost: ackAtMost });
  stage.figure("shown elsewhere, at most", stage.deliveryTime(1, from, to), { unit: "ms", atMost: 5_000 });
}

/** How many people somebody who connects now is told to be online. */
async function onlineNow({ crowd, fleet }: Stage): Promise<number> {
  const connection = await crowd.screens[0]?.person.connect({ url: fleet.balancer.url });
  const [hello] = connection?.of("hello") ?? [];
  connection?.close();
  return hello?.online?.length ?? 0;
}

/**
 * How long the server took to answer this many sends, one after the other: the 99th percentile, in ms. Sent by somebody
 * who writes nothing else: an author's order is promised on one device, not across two.
 */
async function answerTime({ crowd, fleet }: Stage, sends: number): Promise<number> {
  const { person, open } = crowd.screens.at(-1) as Screen;
  const connection = await person.connect({ url: fleet.balancer.url });
  const [roomId = ""] = open;
  const times: number[] = [];
  for (let number = 0; number < sends; number += 1) {
    const send = { roomId, clientId: newClientId(), content: `timed ${number}` };
    crowd.ledger.note({ ...send, userId: person.user.id, sentAt: Date.now(), undisturbed: false });
    const since = performance.now();
    await connection.emit("message:send", send);
    times.push(performance.now() - since);
  }
  connection.close();
  return quantile(times, 0.99);
}

/** Loads the fleet, breaks something, judges what people noticed while it was broken for so many seconds of load, and mends it. */
async function outage(stage: Stage, seconds: number, begin: () => unknown, end: () => unknown): Promise<void> {
  await stage.load();
  const from = Date.now();
  await begin();
  await stage.untilSent(RATE * seconds);
  const to = Date.now();
  await stage.settle();
  figures(stage, from, to);
  await end();
  await stage.load();
  await stage.untilSent(RATE * 2);
}

scenario("F09", "Redis is killed under load and comes back empty", (stage) => {
  const { redis } = stage.fleet;
  return outage(stage, 5, redis.kill, redis.start);
});

scenario("F10", "Redis is cut off for one replica", (stage) => {
  const [{ toRedis }] = stage.fleet.replicas;
  return outage(stage, 5, toRedis.cut, toRedis.heal);
});

scenario("F10", "Redis falls silent for one replica, whose connections stay open", (stage) => {
  const [{ toRedis }] = stage.fleet.replicas;
  return outage(stage, 10, toRedis.freeze, toRedis.heal);
});

scenario("F11", `subscriber connections to Redis are killed, ${KILLS} times`, async (stage) => {
  const { redis, replicas } = stage.fleet;
  const admin = await createClient({ url: redis.url }).connect();
  const subscribers = async () => String(await admin.sendCommand(["CLIENT", "LIST", "TYPE", "pubsub"])).match(/^id=/gm);
  // Redis still counts whose connection an earlier case left half-open.
  await admin.sendCommand(["CLIENT", "KILL", "TYPE", "pubsub"]);
  await stage.load();
  const from = Date.now();
  let killed = 0;
  for (let time = 0; time < KILLS; time += 1) {
    await waitFor(async () => (await subscribers())?.length === replicas.length, {
      what: "all to have subscribed again",
    });
    killed += Number(await admin.sendCommand(["CLIENT", "KILL", "TYPE", "pubsub"]));
    await stage.untilSent(RATE / 10);
  }
  await stage.untilSent(RATE);
  const to = Date.now();
  await admin.close();
  await stage.settle();
  stage.figure("connections killed", killed, { atLeast: KILLS * replicas.length });
  figures(stage, from, to);
});

scenario("F12", `every answer of Redis takes ${SLOW_MS} ms`, async (stage) => {
  const { replicas } = stage.fleet;
  const online = await onlineNow(stage);
  for (const { toRedis } of replicas) toRedis.delay(SLOW_MS / 2);
  await stage.load();
  const from = Date.now();
  await stage.untilSent(RATE * 10);
  const connecting = Date.now();
  stage.figure("online, as somebody new is told", await onlineNow(stage), { atLeast: online });
  stage.figure("to be greeted", Date.now() - connecting, { unit: "ms", atMost: 3_000 });
  stage.figure("answer p99", await answerTime(stage, 200), { unit: "ms", atMost: 400 });
  const to = Date.now();
  await stage.settle();
  // On the author's own screen a message waits for what others said before it, which comes late.
  figures(stage, from, to, 2_000);
  for (const { toRedis } of replicas) toRedis.heal();
});

scenario("F13", "FLUSHALL", async (stage) => {
  const { crowd, fleet } = stage;
  const admin = await createClient({ url: fleet.redis.url }).connect();
  const connections = () => crowd.screens.reduce((sum, screen) => sum + screen.connections(), 0);
  const before = connections();
  const online = await onlineNow(stage);
  await stage.load();
  const from = Date.now();
  await admin.flushAll();
  await admin.close();
  await stage.untilSent(RATE * 5);
  const to = Date.now();
  await stage.settle();
  figures(stage, from, to);
  stage.figure("connections lost", connections() - before, { atMost: 0 });
  await waitFor(async () => (await onlineNow(stage)) >= online, {
    timeout: 25_000,
    what: "everybody to be online again",
  });
  stage.figure("online again after, at most", Date.now() - from, { unit: "ms" });
});
