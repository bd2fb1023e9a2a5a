import { decodeJwt } from "jose";
import type { Message } from "@/lib/protocol/objects";
import { call } from "../harness/call";
import type { Connection } from "../harness/connection";
import { logIn, type Person, register } from "../harness/people";
import { testDatabase } from "../harness/postgres";
import { type ClusterNode, startRedisCluster, type TestCluster } from "../harness/redis-cluster";
import { type Replica, startReplica } from "../harness/replica";
import { newClientId, refusal, say } from "../harness/scene";
import { waitFor } from "../harness/wait-for";

/** Enough that each channel over which rooms are spread has some. */
const ROOMS = 40;
/** Multiplies the limits; small, so that one can be reached, but enough for one person to read all rooms at once. */
const FACTOR = 10;

let cluster: TestCluster;
let replicas: Replica[];
let ada: Person;
let bob: Person;
let oscar: Person;
let rooms: string[];
/** Ada's socket is at the first replica, Bob's and Oscar's at the second; Oscar is in none of the rooms. */
let atFirst: Connection;
let atSecond: Connection;
let outsider: Connection;

const urlOf = (index: number) => replicas[index]?.url ?? "";
const at = (person: Person, index: number): Person => ({ ...person, url: urlOf(index) });
const status = async (url: string) => ((await (await fetch(`${url}/health`)).json()) as { status: string }).status;
const healthy = (timeout = 30_000) =>
  Promise.all(
    replicas.map(({ url }) =>
      waitFor(async () => (await status(url)) === "ok", { timeout, what: "Redis to be in use" }),
    ),
  );

async function roomOf(owner: Person, others: Person[]): Promise<string> {
  const body = { name: "shared", isPrivate: true, memberIds: others.map(({ user }) => user.id) };
  return (await call(owner, "POST /api/rooms", { body })).room.id;
}

/** Something in every room, said at the first replica and heard at the second within five seconds. */
function crosses(): Promise<Message[]> {
  return Promise.all(
    rooms.map(async (roomId) => {
      const { message } = await say(at(ada, 0), roomId, "across");
      await atSecond.next("message:new", (heard) => heard.message.id === message.id, { timeout: 5_000 });
      return message;
    }),
  );
}

/** The same, and that Bob has read it crosses back. Nobody catches up on who has read: what arrives of it came through Redis. */
async function crossesLive(): Promise<void> {
  for (const { id: messageId } of await crosses()) {
    await atSecond.emit("message:read", { messageId });
    await atFirst.next("message:read", (heard) => heard.messageId === messageId, { timeout: 5_000 });
  }
}

/** Nothing that Oscar heard names any of the rooms. */
function expectSilence(): void {
  const heard = JSON.stringify(outsider.heard.map(({ payload }) => payload));
  expect(rooms.filter((roomId) => heard.includes(roomId))).toEqual([]);
}

beforeAll(async () => {
  cluster = await startRedisCluster(3, { replicated: true });
  const options = {
    databaseUrl: await testDatabase(),
    redisUrl: cluster.url,
    env: { LOG_LEVEL: "warn", RATE_LIMIT_FACTOR: String(FACTOR) },
  };
  replicas = await Promise.all([startReplica(options), startReplica(options)]);
  [ada, bob, oscar] = [
    await register(urlOf(0), { name: "ada" }),
    await register(urlOf(0), { name: "bob" }),
    await register(urlOf(0), { name: "oscar" }),
  ];
  rooms = [];
  for (let index = 0; index < ROOMS; index += 1) rooms.push(await roomOf(ada, [bob]));
  atFirst = await ada.connect({ url: urlOf(0) });
  atSecond = await bob.connect({ url: urlOf(1) });
  outsider = await oscar.connect({ url: urlOf(1) });
  await healthy();
}, 120_000);

describe("on a whole cluster everything crosses between replicas", () => {
  test("messages, in every room, at once", async () => {
    await crossesLive();
    expectSilence();
  });

  test("changes of messages, and direct messages", async () => {
    const [roomId = ""] = rooms;
    const { message } = await say(at(ada, 0), roomId, "tpyo");
    await atFirst.emit("message:edit", { messageId: message.id, content: "typo" });
    await atSecond.next("message:updated", (heard) => heard.message.id === message.id);
    await atSecond.emit("message:react", { messageId: message.id, emoji: "👍" });
    await atFirst.next("message:reactions", (heard) => heard.messageId === message.id);
    const sent = await atFirst.emit("dm:send", { userId: bob.user.id, clientId: newClientId(), content: "psst" });
    await atSecond.next("dm:new", (heard) => heard.message.id === sent.message.id);
    expectSilence();
  });

  test("typing, and who is there", async () => {
    const [roomId = ""] = rooms;
    await atFirst.emit("typing:start", { roomId });
    await atSecond.next("typing:start", (heard) => heard.roomId === roomId);
    await atFirst.emit("typing:stop", { roomId });
    await atSecond.next("typing:stop", (heard) => heard.roomId === roomId);
    const cleo = await register(urlOf(0), { name: "cleo" });
    await roomOf(ada, [cleo]);
    const isCleo = (heard: { userId: string }) => heard.userId === cleo.user.id;
    const [first, second] = [await cleo.connect({ url: urlOf(0) }), await cleo.connect({ url: urlOf(1) })];
    await atFirst.next("user:online", isCleo);
    first.close();
    second.close();
    await atFirst.next("user:offline", isCleo, { timeout: 15_000 });
    expect(atFirst.of("user:online").filter(isCleo)).toHaveLength(1);
    expect(atFirst.of("user:offline").filter(isCleo)).toHaveLength(1);
    expectSilence();
  }, 30_000);

  test("a removal and the end of a session, within a second", async () => {
    const id = await roomOf(at(ada, 0), [bob]);
    await atSecond.next("room:joined", (heard) => heard.room.id === id);
    const params = { id, userId: bob.user.id };
    await call(at(ada, 0), "DELETE /api/rooms/[id]/members/[userId]", { params, body: {} });
    await atSecond.next("room:removed", (heard) => heard.roomId === id, { timeout: 1_000 });
    const device = await logIn(urlOf(0), bob.user.username);
    const socket = await device.connect({ url: urlOf(1) });
    await call(at(bob, 0), "DELETE /api/auth/sessions/[id]", {
      params: { id: String(decodeJwt(device.accessToken).sid) },
    });
    await waitFor(() => !socket.socket.connected, { timeout: 1_000, what: "the socket to be closed" });
  });

  test("limits, counted together", async () => {
    const allowed = 20 * FACTOR;
    const begun = performance.now();
    let passed = 0;
    let code: string | undefined;
    while (code === undefined && passed < 3 * allowed) {
      code = await refusal(call(at(oscar, passed % 2), "GET /api/search", { query: { q: "tea" } }));
      if (code === undefined) passed += 1;
    }
    expect(code).toBe("rate_limited");
    expect(passed).toBeGreaterThanOrEqual(allowed);
    // While it takes its seconds, further tokens flow in.
    expect(passed).toBeLessThan(allowed * (1 + (performance.now() - begun) / 60_000) + 1);
  }, 60_000);
});

describe("when a node dies", () => {
  let dead: ClusterNode;

  test("that has a replica, everything is heard within five seconds, and live again when the replica has taken over", async () => {
    dead = await cluster.serving("any:{place-0}");
    await dead.kill();
    await crosses();
    await healthy();
    await crossesLive();
    await atFirst.emit("typing:start", { roomId: rooms[1] ?? "" });
    await atSecond.next("typing:start", (heard) => heard.roomId === rooms[1]);
    expectSilence();
  }, 90_000);

  test("that has none, too, and live again when it is back, empty", async () => {
    const second = await cluster.serving("any:{place-0}");
    await second.kill();
    await crosses();
    for (const { url } of replicas) {
      await waitFor(async () => (await status(url)) === "degraded", {
        what: "the loss to be noticed",
        timeout: 15_000,
      });
    }
    await second.start();
    await dead.start();
    await cluster.whole();
    await healthy(60_000);
    await crossesLive();
    await atFirst.emit("typing:start", { roomId: rooms[2] ?? "" });
    await atSecond.next("typing:start", (heard) => heard.roomId === rooms[2]);
    expectSilence();
    expect([atFirst, atSecond, outsider].map(({ socket }) => socket.connected)).toEqual([true, true, true]);
  }, 120_000);
});

test("a replica that starts while no node answers takes the cluster into use when it is there", async () => {
  for (const node of cluster.nodes) await node.kill();
  const [first] = replicas;
  await first?.stop();
  await first?.start();
  expect(await status(urlOf(0))).toBe("degraded");
  for (const node of cluster.nodes) await node.start();
  await cluster.whole();
  await healthy(60_000);
  atFirst = await ada.connect({ url: urlOf(0) });
  await crossesLive();
}, 180_000);

test("after all this no replica has crashed or left an error unhandled", async () => {
  for (const replica of replicas) {
    expect(replica.logs()).not.toMatch(/"level":(50|60)|unhandled|nothing handled/i);
    expect(await replica.stop()).toBe(0);
  }
}, 30_000);
