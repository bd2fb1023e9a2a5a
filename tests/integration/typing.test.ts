import type { Connection } from "../harness/connection";
import { heardOf, newClientId, openScene, refusal, type Scene, say } from "../harness/scene";

type Name = "ada" | "bob" | "oscar";
let scene: Scene<Name>;
let ada: Connection;
let bob: Connection;
let oscar: Connection;

beforeAll(async () => {
  scene = await openScene(["ada", "bob", "oscar"]);
  [ada, bob, oscar] = await Promise.all([scene.connect("ada"), scene.connect("bob"), scene.connect("oscar")]);
}, 60_000);

const isIn = (roomId: string) => (heard: { roomId: string }) => heard.roomId === roomId;

test("is shown to the rest of the room, not to the typist's own devices nor to anybody else, until they stop", async () => {
  const room = await scene.room(["ada", "bob"]);
  const second = await scene.connect("ada");
  expect(await ada.emit("typing:start", { roomId: room.id })).toEqual({});
  const started = await bob.next("typing:start", isIn(room.id));
  expect(started.user).toMatchObject({ id: scene.people.ada.user.id, name: "ada" });
  expect(started).not.toHaveProperty("threadId");
  expect(await ada.emit("typing:stop", { roomId: room.id })).toEqual({});
  await bob.next("typing:stop", isIn(room.id));
  await scene.fence(ada, second, oscar);
  for (const device of [ada, second]) expect(device.of("typing:start").filter(isIn(room.id))).toEqual([]);
  expect(heardOf(oscar, room.id)).toEqual([]);
  second.close();
});

test("ends by itself six seconds after the last start", async () => {
  const room = await scene.room(["ada", "bob"]);
  await ada.emit("typing:start", { roomId: room.id });
  await bob.next("typing:start", isIn(room.id));
  const begun = performance.now();
  await bob.next("typing:stop", isIn(room.id), { timeout: 9_000 });
  expect(performance.now() - begun).toBeGreaterThan(5_000);
  expect(performance.now() - begun).toBeLessThan(8_000);
}, 15_000);

test("goes on while it is started again, and ends once", async () => {
  const room = await scene.room(["ada", "bob"]);
  for (let turn = 1; turn <= 3; turn += 1) {
    await ada.emit("typing:start", { roomId: room.id });
    await bob.next("typing:start", () => bob.of("typing:start").filter(isIn(room.id)).length === turn);
  }
  await ada.emit("typing:stop", { roomId: room.id });
  await ada.emit("typing:stop", { roomId: room.id });
  await bob.next("typing:stop", isIn(room.id));
  await scene.fence(bob);
  expect(bob.of("typing:stop").filter(isIn(room.id))).toHaveLength(1);
});

test.each(["socket", "REST"])("ends at the typist's message by %s", async (way) => {
  const room = await scene.room(["ada", "bob"]);
  await ada.emit("typing:start", { roomId: room.id });
  await bob.next("typing:start", isIn(room.id));
  if (way === "REST") await say(scene.people.ada, room.id, "done");
  else await ada.emit("message:send", { roomId: room.id, clientId: newClientId(), content: "done" });
  await bob.next("typing:stop", isIn(room.id), { timeout: 2_000 });
});

test("in one room goes on when a message goes to another", async () => {
  const [room, other] = [await scene.room(["ada", "bob"]), await scene.room(["ada", "bob"])];
  await ada.emit("typing:start", { roomId: room.id });
  await ada.emit("typing:start", { roomId: other.id });
  await say(scene.people.ada, other.id, "done there");
  await bob.next("typing:stop", isIn(other.id), { timeout: 2_000 });
  await scene.fence(bob);
  expect(bob.of("typing:stop").filter(isIn(room.id))).toEqual([]);
  await ada.emit("typing:stop", { roomId: room.id });
});

test("ends when the typist's last device goes, not with the first", async () => {
  const room = await scene.room(["ada", "bob"]);
  ada.close();
  const [one, two] = [await scene.connect("ada"), await scene.connect("ada")];
  await one.emit("typing:start", { roomId: room.id });
  await bob.next("typing:start", isIn(room.id));
  one.close();
  const late = await scene.connect("oscar");
  await scene.fence(bob, late);
  expect(bob.of("typing:stop").filter(isIn(room.id))).toEqual([]);
  two.close();
  await bob.next("typing:stop", isIn(room.id), { timeout: 2_000 });
  ada = await scene.connect("ada");
  late.close();
});

test("in a direct conversation is shown to the other", async () => {
  const { room } = await ada.emit("dm:send", {
    userId: scene.people.bob.user.id,
    clientId: newClientId(),
    content: "hello",
  });
  await bob.emit("typing:start", { roomId: room.id });
  await ada.next("typing:start", isIn(room.id));
  await bob.emit("typing:stop", { roomId: room.id });
  await ada.next("typing:stop", isIn(room.id));
  await scene.fence(oscar);
  expect(heardOf(oscar, room.id)).toEqual([]);
});

test("says in which thread", async () => {
  const room = await scene.room(["ada", "bob"]);
  await ada.emit("typing:start", { roomId: room.id, threadId: "thread-1" });
  expect((await bob.next("typing:start", isIn(room.id))).threadId).toBe("thread-1");
  await ada.emit("typing:stop", { roomId: room.id, threadId: "thread-1" });
  expect((await bob.next("typing:stop", isIn(room.id))).threadId).toBe("thread-1");
});

test("in a room of others is not found and heard by nobody", async () => {
  const room = await scene.room(["ada", "bob"]);
  expect(await refusal(oscar.emit("typing:start", { roomId: room.id }))).toBe("not_found");
  expect(await refusal(oscar.emit("typing:stop", { roomId: room.id }))).toBeUndefined();
  await scene.fence(ada, bob);
  for (const socket of [ada, bob]) expect(socket.of("typing:start").filter(isIn(room.id))).toEqual([]);
});
