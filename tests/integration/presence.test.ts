import { call } from "../harness/call";
import type { Connection } from "../harness/connection";
import { register } from "../harness/people";
import { openScene, type Scene } from "../harness/scene";
import { waitFor } from "../harness/wait-for";

/** `watcher` shares a room with everybody. */
type Name = "watcher" | "ada" | "bob" | "cleo" | "dan" | "eve";
let scene: Scene<Name>;
let watcher: Connection;

beforeAll(async () => {
  scene = await openScene(["watcher", "ada", "bob", "cleo", "dan", "eve"]);
  watcher = await scene.connect("watcher");
}, 60_000);

const idOf = (name: Name) => scene.people[name].user.id;
const online = (name: Name) => watcher.of("user:online").filter(({ userId }) => userId === idOf(name));
const offline = (name: Name) => watcher.of("user:offline").filter(({ userId }) => userId === idOf(name));
const isOf = (name: Name) => (heard: { userId: string }) => heard.userId === idOf(name);
const seenOnline = async (name: Name) => {
  const { members } = await call(scene.people.watcher, "GET /api/rooms/[id]", { params: { id: scene.lobby.id } });
  return members.find(({ user }) => user.id === idOf(name))?.online;
};

test("coming is told once a person, not once a device; going once, after a grace, with the last device", async () => {
  const first = await scene.connect("ada");
  expect(await watcher.next("user:online", isOf("ada"))).toEqual({ userId: idOf("ada"), state: "online" });
  const [second, third] = [await scene.connect("ada"), await scene.connect("ada", { transports: ["polling"] })];
  await waitFor(() => seenOnline("ada"), { what: "ada to be online" });
  await scene.fence(watcher);
  expect(online("ada")).toHaveLength(1);

  first.close();
  third.close();
  await scene.fence(watcher);
  expect(offline("ada")).toEqual([]);
  const gone = performance.now();
  second.close();
  const { lastSeenAt } = await watcher.next("user:offline", isOf("ada"), { timeout: 14_000 });
  expect(performance.now() - gone).toBeGreaterThan(9_000);
  expect(Math.abs(Date.parse(lastSeenAt) - Date.now())).toBeLessThan(5_000);
  expect(offline("ada")).toHaveLength(1);
  expect(await seenOnline("ada")).toBe(false);
  const { user } = await call(scene.people.watcher, "GET /api/users/[id]", { params: { id: idOf("ada") } });
  expect(user.lastSeenAt).not.toBeNull();
}, 25_000);

test("a page that is loaded anew within the grace never went, and an invisible person leaves no trace", async () => {
  const before = (await call(scene.people.watcher, "GET /api/users/[id]", { params: { id: idOf("cleo") } })).user;
  const bob = await scene.connect("bob");
  await watcher.next("user:online", isOf("bob"));
  const cleo = await scene.connect("cleo");
  await cleo.emit("presence:set", { state: "invisible" });
  await watcher.next("user:offline", isOf("cleo"));
  const told = watcher.heard.length;
  bob.close();
  cleo.close();
  const back = await scene.connect("bob");
  // Whoever goes after them is announced after them: when this one is, their grace is over too.
  const dan = await scene.connect("dan");
  await watcher.next("user:online", isOf("dan"));
  dan.close();
  await watcher.next("user:offline", isOf("dan"), { timeout: 14_000 });
  const since = watcher.heard.slice(told).map(({ payload }) => JSON.stringify(payload));
  expect(since.filter((payload) => payload.includes(idOf("bob")))).toEqual([]);
  expect(since.filter((payload) => payload.includes(idOf("cleo")))).toEqual([]);
  const after = (await call(scene.people.watcher, "GET /api/users/[id]", { params: { id: idOf("cleo") } })).user;
  expect(after.lastSeenAt).toBe(before.lastSeenAt);
  back.close();
}, 25_000);

test("states are told, and invisible looks like offline to everybody else", async () => {
  const eve = await scene.connect("eve");
  await watcher.next("user:online", isOf("eve"));
  for (const state of ["away", "dnd", "online"] as const) {
    expect(await eve.emit("presence:set", { state })).toEqual({});
    await watcher.next("user:online", (heard) => isOf("eve")(heard) && heard.state === state);
  }
  await eve.emit("presence:set", { state: "invisible" });
  await watcher.next("user:offline", isOf("eve"));
  expect(await seenOnline("eve")).toBe(false);
  const late = await scene.connect("watcher");
  expect(late.of("hello")[0]?.online).not.toContain(idOf("eve"));
  expect((await late.emit("room:join", { roomId: scene.lobby.id })).online).not.toContain(idOf("eve"));
  const told = watcher.heard.length;
  const second = await scene.connect("eve");
  await scene.fence(watcher);
  expect(JSON.stringify(watcher.heard.slice(told).filter(({ event }) => event.startsWith("user:")))).not.toContain(
    idOf("eve"),
  );
  await second.emit("presence:set", { state: "online" });
  await watcher.next("user:online", () => online("eve").at(-1)?.state === "online" && online("eve").length >= 4);
  expect(await seenOnline("eve")).toBe(true);
  for (const connection of [eve, second, late]) connection.close();
});

test("is told to those who share a room, and to nobody else", async () => {
  const stranger = await register(scene.server.url);
  const alone = await stranger.connect();
  const met = await scene.connect("ada");
  await watcher.next("user:online", () => online("ada").length >= 1);
  expect(alone.of("hello")[0]?.online).not.toContain(idOf("watcher"));
  // A message to oneself is the fence of somebody who shares no room.
  const room = await call(stranger, "POST /api/rooms", { body: { name: "Alone", isPrivate: true } });
  await alone.next("room:joined", (heard) => heard.room.id === room.room.id);
  expect(alone.of("user:online").filter(({ userId }) => userId !== stranger.user.id)).toEqual([]);
  expect(watcher.heard.filter(({ payload }) => JSON.stringify(payload).includes(stranger.user.id))).toEqual([]);
  met.close();
});
