import { decodeJwt } from "jose";
import { startBalancer } from "../harness/balancer";
import { call } from "../harness/call";
import type { Connection } from "../harness/connection";
import { logIn, type Person, register } from "../harness/people";
import { testDatabase } from "../harness/postgres";
import { startRedis, type TestRedis } from "../harness/redis";
import { type Replica, type ReplicaOptions, startReplica } from "../harness/replica";
import { heardOf, newClientId, refusal, say } from "../harness/scene";
import { waitFor } from "../harness/wait-for";

let redis: TestRedis;
let replicas: Replica[];
let balancer: { url: string };
let ada: Person;
let bob: Person;
let oscar: Person;
let lobbyId: string;

/** Ada's and Oscar's sockets are at the first replica, Bob's at the second. */
let atFirst: Connection;
let atSecond: Connection;
let outsider: Connection;
let outsiderAtSecond: Connection;

beforeAll(async () => {
  redis = await startRedis();
  const options: ReplicaOptions = {
    databaseUrl: await testDatabase(),
    redisUrl: redis.url,
    env: { TRUST_PROXY: "1", LOG_LEVEL: "warn" },
  };
  // Three that start at the same moment on an empty database: one of them migrates it.
  replicas = await Promise.all([startReplica(options), startReplica(options), startReplica(options)]);
  balancer = await startBalancer(replicas);
  [ada, bob, oscar] = [
    await register(balancer.url, { name: "ada" }),
    await register(balancer.url, { name: "bob" }),
    await register(balancer.url, { name: "oscar" }),
  ];
  lobbyId = await roomOf(ada, [bob, oscar]);
  atFirst = await ada.connect({ url: urlOf(0) });
  atSecond = await bob.connect({ url: urlOf(1) });
  outsider = await oscar.connect({ url: urlOf(0) });
  outsiderAtSecond = await oscar.connect({ url: urlOf(1), batch: true });
  for (const { url } of replicas) {
    await waitFor(async () => (await state(url)).status === "ok", { what: "a replica to trust Redis" });
  }
}, 120_000);

const urlOf = (index: number) => replicas[index]?.url ?? "";
const at = (person: Person, index: number): Person => ({ ...person, url: urlOf(index) });
const state = async (url: string) => (await fetch(`${url}/health`)).json() as Promise<{ status: string }>;

async function roomOf(owner: Person, others: Person[]): Promise<string> {
  const memberIds = others.map(({ user }) => user.id);
  const { room } = await call(owner, "POST /api/rooms", { body: { name: "shared", isPrivate: true, memberIds } });
  return room.id;
}

/** Something said at each replica: what went out before it has arrived when both are heard. */
async function fence(...listeners: Connection[]): Promise<void> {
  for (const index of [0, 1]) {
    const { message } = await say(at(ada, index), lobbyId, `fence at ${index}`);
    await Promise.all(
      listeners.map((listener) => listener.next("message:new", (heard) => heard.message.id === message.id)),
    );
  }
}

/** Across replicas a subscription is a message, too: a room is shared once this has been heard at the other end. */
async function sharedRoom(): Promise<string> {
  const roomId = await roomOf(at(ada, 0), [bob]);
  await atSecond.next("room:joined", (heard) => heard.room.id === roomId);
  return roomId;
}

const inRoom = (socket: Connection, roomId: string) =>
  socket.of("message:new").flatMap(({ message }) => (message.roomId === roomId ? [message] : []));

async function silence(id: string): Promise<void> {
  await fence(outsider, outsiderAtSecond);
  expect(heardOf(outsider, id)).toEqual([]);
  expect(heardOf(outsiderAtSecond, id)).toEqual([]);
}

test("an empty database is made ready once, and the balancer serves all three", async () => {
  const { user } = await call({ url: balancer.url, accessToken: ada.accessToken }, "GET /api/me");
  expect(user.role).toBe("owner");
  for (const { url } of replicas)
    expect((await call({ url, accessToken: ada.accessToken }, "GET /api/me")).user).toEqual(user);
});

test("a socket through the balancer, upgraded from polling, hears what another replica stores", async () => {
  const socket = await bob.connect({ transports: ["polling", "websocket"], withCredentials: true });
  const { message } = await say(at(ada, 2), lobbyId, "through the front door");
  expect((await socket.next("message:new", (heard) => heard.message.id === message.id)).message).toEqual(message);
  socket.close();
});

test("what both replicas store at the same moment is heard by both completely, once, and by no outsider", async () => {
  const roomId = await sharedRoom();
  const each = Array.from({ length: 30 }, (_, index) => index);
  await Promise.all(
    each.flatMap((index) => [say(at(ada, 0), roomId, `first ${index}`), say(at(bob, 1), roomId, `second ${index}`)]),
  );
  for (const socket of [atFirst, atSecond]) {
    await waitFor(() => inRoom(socket, roomId).length >= 60, { what: "all of it" });
  }
  await fence(atFirst, atSecond);
  for (const socket of [atFirst, atSecond]) {
    const heard = inRoom(socket, roomId);
    expect(heard.map(({ seq }) => seq).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, n) => n + 1));
    // Of one replica's messages none overtakes another.
    for (const author of [ada, bob]) {
      const revs = heard.filter(({ user }) => user.id === author.user.id).map(({ rev }) => rev);
      expect(revs).toEqual(revs.toSorted((a, b) => a - b));
    }
  }
  await silence(roomId);
});

test("changes, reads and reactions cross", async () => {
  const roomId = await sharedRoom();
  const { message } = await say(at(bob, 1), roomId, "tpyo");
  await atFirst.next("message:new", (heard) => heard.message.id === message.id);
  await atSecond.emit("message:edit", { messageId: message.id, content: "typo" });
  await atFirst.next("message:updated", (heard) => heard.message.id === message.id);
  await atFirst.emit("message:react", { messageId: message.id, emoji: "👍" });
  await atSecond.next("message:reactions", (heard) => heard.messageId === message.id);
  await atFirst.emit("message:read", { messageId: message.id });
  await atSecond.next("message:read", (heard) => heard.messageId === message.id);
  await atSecond.emit("message:delete", { messageId: message.id });
  await atFirst.next("message:deleted", (heard) => heard.message.id === message.id);
  await silence(roomId);
});

test("a clientId that is tried at three replicas at once is one message", async () => {
  const roomId = await sharedRoom();
  const body = { roomId, clientId: newClientId(), content: "once" };
  const answers = await Promise.all(
    Array.from({ length: 12 }, (_, index) => call(at(ada, index % 3), "POST /api/messages", { body })),
  );
  expect(new Set(answers.map(({ message }) => message.id)).size).toBe(1);
  await fence(atSecond);
  expect(inRoom(atSecond, roomId).map(({ seq }) => seq)).toEqual([1]);
});

test("a direct message opens the conversation at both ends, and only there", async () => {
  const sent = await atFirst.emit("dm:send", { userId: bob.user.id, clientId: newClientId(), content: "psst" });
  const heard = await atSecond.next("dm:new", ({ message }) => message.id === sent.message.id);
  expect(heard.message).toEqual(sent.message);
  await atSecond.emit("message:react", { messageId: sent.message.id, emoji: "👂" });
  await atFirst.next("message:reactions", ({ messageId }) => messageId === sent.message.id);
  await silence(sent.room.id);
});

test("typing crosses, and ends at the message", async () => {
  const roomId = await sharedRoom();
  await atFirst.emit("typing:start", { roomId });
  await atSecond.next("typing:start", (heard) => heard.roomId === roomId);
  await atFirst.emit("message:send", { roomId, clientId: newClientId(), content: "done" });
  await atSecond.next("typing:stop", (heard) => heard.roomId === roomId);
  await silence(roomId);
});

test("typing that began at one replica ends at the message sent through another", async () => {
  const roomId = await sharedRoom();
  await atFirst.emit("typing:start", { roomId });
  await atSecond.next("typing:start", (heard) => heard.roomId === roomId);
  await say(at(ada, 2), roomId, "done");
  await atSecond.next("typing:stop", (heard) => heard.roomId === roomId, { timeout: 2_000 });
  await silence(roomId);
});

test("somebody at two replicas comes once and goes once, with the last of their devices", async () => {
  const cleo = await register(balancer.url, { name: "cleo" });
  const roomId = await roomOf(ada, [cleo]);
  const isCleo = (heard: { userId: string }) => heard.userId === cleo.user.id;
  const [first, second] = [await cleo.connect({ url: urlOf(1) }), await cleo.connect({ url: urlOf(2) })];
  await atFirst.next("user:online", isCleo);
  await fence(atFirst);
  expect(atFirst.of("user:online").filter(isCleo)).toHaveLength(1);
  first.close();
  await fence(atFirst);
  second.close();
  await atFirst.next("user:offline", isCleo, { timeout: 15_000 });
  await fence(atFirst);
  expect(atFirst.of("user:offline").filter(isCleo)).toHaveLength(1);
  const { members } = await call(at(ada, 0), "GET /api/rooms/[id]/members", { params: { id: roomId } });
  expect(members.find(({ user }) => user.id === cleo.user.id)?.online).toBe(false);
  await silence(cleo.user.id);
}, 30_000);

test("a removal ends delivery at the other replica within a second", async () => {
  const roomId = await sharedRoom();
  const params = { id: roomId, userId: bob.user.id };
  await call(at(ada, 0), "DELETE /api/rooms/[id]/members/[userId]", { params, body: {} });
  await atSecond.next("room:removed", (heard) => heard.roomId === roomId, { timeout: 1_000 });
  const told = atSecond.heard.length;
  for (const index of [0, 1, 2]) await say(at(ada, index), roomId, "without bob");
  await fence(atSecond);
  expect(atSecond.heard.slice(told).filter(({ payload }) => JSON.stringify(payload).includes(roomId))).toEqual([]);
  const answer = await atSecond.emit("sync", { rooms: [{ roomId, rev: 0 }] });
  expect(answer).toMatchObject({ rooms: [], left: [roomId] });
});

test("the end of a session closes its sockets at the other replica within a second", async () => {
  const device = await logIn(balancer.url, bob.user.username);
  const socket = await device.connect({ url: urlOf(2) });
  await call(at(bob, 0), "DELETE /api/auth/sessions/[id]", {
    params: { id: String(decodeJwt(device.accessToken).sid) },
  });
  await waitFor(() => !socket.socket.connected, { timeout: 1_000, what: "the socket to be closed" });
  expect(socket.of("error").at(-1)?.error.code).toBe("unauthorized");
});

test("a replica that stops hands its people over without a loss", async () => {
  const roomId = await sharedRoom();
  const third = replicas[2] as Replica;
  const moving = await bob.connect({ url: balancer.url, reconnection: true, reconnectionDelay: 50 });
  await third.stop();
  const { message } = await say(at(ada, 0), roomId, "still here");
  await waitFor(async () => moving.socket.connected && (await moving.emit("presence:set", { state: "online" })), {
    what: "the socket to be back",
  });
  const { rooms } = await moving.emit("sync", { rooms: [{ roomId, rev: 0 }] });
  expect(rooms[0]?.messages.map(({ id }) => id)).toEqual([message.id]);
  await third.start();
  moving.close();
}, 40_000);

describe("while Redis is away", () => {
  let roomId: string;
  beforeAll(async () => {
    roomId = await sharedRoom();
    await redis.kill();
  }, 30_000);

  test("sends are acknowledged at once and heard at the other replica within five seconds, once", async () => {
    const begun = performance.now();
    const { message } = await say(at(ada, 0), roomId, "without Redis");
    expect(performance.now() - begun).toBeLessThan(1_000);
    const heard = await atSecond.next("message:new", (one) => one.message.id === message.id, { timeout: 5_000 });
    expect(heard.message).toEqual(message);
    const { message: back } = await say(at(bob, 1), roomId, "and back");
    await atFirst.next("message:new", (one) => one.message.id === back.id, { timeout: 5_000 });
    expect(inRoom(atSecond, roomId).filter(({ id }) => id === message.id)).toHaveLength(1);
  });

  test("a direct message arrives, too", async () => {
    const { message } = await atFirst.emit("dm:send", {
      userId: bob.user.id,
      clientId: newClientId(),
      content: "dark",
    });
    await atSecond.next("dm:new", (heard) => heard.message.id === message.id, { timeout: 5_000 });
  });

  test("health says so and answers all the same", async () => {
    for (const index of [0, 1]) {
      await waitFor(async () => (await state(urlOf(index))).status === "degraded", { what: "the loss to be noticed" });
      expect((await fetch(`${urlOf(index)}/health`)).status).toBe(200);
    }
  });

  test("who is added, removed or signed out at a replica finds it so there at once", async () => {
    const device = await logIn(at(bob, 0).url, bob.user.username);
    const socket = await device.connect({ url: urlOf(0) });
    const added = await roomOf(at(ada, 0), [bob]);
    const { message } = await say(at(ada, 0), added, "with bob");
    await socket.next("message:new", (heard) => heard.message.id === message.id, { timeout: 1_000 });
    const params = { id: added, userId: bob.user.id };
    await call(at(ada, 0), "DELETE /api/rooms/[id]/members/[userId]", { params, body: {} });
    const { message: later } = await say(at(ada, 0), added, "without bob");
    await say(at(ada, 0), roomId, "a fence");
    await socket.next("message:new", (heard) => heard.message.content === "a fence", { timeout: 1_000 });
    expect(heardOf(socket, later.id)).toEqual([]);
    await call(at(bob, 0), "DELETE /api/auth/sessions/[id]", {
      params: { id: String(decodeJwt(device.accessToken).sid) },
    });
    await waitFor(() => !socket.socket.connected, { timeout: 1_000, what: "the socket to be closed" });
  });

  test("a session's end and a removal reach the other replica within ten seconds", async () => {
    const device = await logIn(at(bob, 0).url, bob.user.username);
    const socket = await device.connect({ url: urlOf(1) });
    const removedFrom = await roomOf(at(ada, 0), [bob]);
    await call(at(bob, 0), "DELETE /api/auth/sessions/[id]", {
      params: { id: String(decodeJwt(device.accessToken).sid) },
    });
    const params = { id: removedFrom, userId: bob.user.id };
    await atSecond.next("room:joined", (heard) => heard.room.id === removedFrom, { timeout: 10_000 });
    await call(at(ada, 0), "DELETE /api/rooms/[id]/members/[userId]", { params, body: {} });
    await waitFor(() => !socket.socket.connected, { timeout: 10_000, what: "the socket to be closed" });
    await atSecond.next("room:removed", (heard) => heard.roomId === removedFrom, { timeout: 10_000 });
    const { message } = await say(at(ada, 0), removedFrom, "without bob");
    await silence(removedFrom);
    expect(heardOf(atSecond, message.id)).toEqual([]);
  }, 40_000);

  test("and when it is back, everything is as before, without anybody having been cut", async () => {
    await redis.start();
    const greeted = atSecond.of("hello").length;
    for (const { url } of replicas) {
      await waitFor(async () => (await state(url)).status === "ok", { what: "Redis to be in use", timeout: 20_000 });
    }
    await atSecond.next("hello", () => atSecond.of("hello").length > greeted, { timeout: 15_000 });
    const { message } = await say(at(ada, 0), roomId, "bright again");
    const begun = performance.now();
    await atSecond.next("message:new", (heard) => heard.message.id === message.id);
    expect(performance.now() - begun).toBeLessThan(500);
    await atFirst.emit("typing:start", { roomId });
    await atSecond.next("typing:start", (heard) => heard.roomId === roomId);
    await silence(roomId);
    expect([atFirst, atSecond, outsider].map(({ socket }) => socket.connected)).toEqual([true, true, true]);
  }, 40_000);
});

test("after all this no replica has crashed or left an error unhandled", async () => {
  for (const replica of replicas) {
    expect(replica.logs()).not.toMatch(/"level":(50|60)|unhandled|nothing handled/i);
    expect(await replica.stop()).toBe(0);
  }
  expect(await refusal(say(at(ada, 0), lobbyId, "anybody?")).catch(() => "gone")).toBe("gone");
}, 30_000);
