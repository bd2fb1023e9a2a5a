import { call, callForStatus } from "../harness/call";
import type { Connection } from "../harness/connection";
import { register } from "../harness/people";
import { heardOf, newClientId, openScene, refusal, type Scene, say } from "../harness/scene";

type Name = "ada" | "bob" | "cleo" | "oscar";
let scene: Scene<Name>;
let ada: Connection;
let bob: Connection;
let oscar: Connection;

beforeAll(async () => {
  scene = await openScene(["ada", "bob", "cleo", "oscar"]);
  [ada, bob, oscar] = await Promise.all([
    scene.connect("ada"),
    scene.connect("bob", { batch: true }),
    scene.connect("oscar"),
  ]);
}, 60_000);

const by = (name: Name) => scene.people[name];
const idOf = (name: Name) => by(name).user.id;

describe("a direct message", () => {
  test("opens the conversation and reaches every device of both, by dm:new alone, and nobody else", async () => {
    const second = await scene.connect("bob");
    const sent = await ada.emit("dm:send", { userId: idOf("bob"), clientId: newClientId(), content: "psst" });
    expect(sent.room).toMatchObject({ kind: "dm", name: "", isPrivate: true, memberCount: 2, lastSeq: 1, rev: 1 });
    expect(sent.room.members?.map(({ name }) => name)).toEqual(["ada", "bob"]);
    expect(sent.message).toMatchObject({ roomId: sent.room.id, seq: 1, content: "psst" });
    for (const device of [ada, bob, second]) {
      const { message, room } = await device.next("dm:new", (heard) => heard.message.id === sent.message.id);
      expect(message).toEqual(sent.message);
      expect(room).toMatchObject({ id: sent.room.id, lastSeq: 1, rev: 1 });
    }
    await bob.next("notification", (heard) => heard.kind === "dm" && heard.message.id === sent.message.id);
    await scene.fence(ada, bob, second, oscar);
    for (const device of [ada, bob, second]) {
      expect(device.of("dm:new").filter((heard) => heard.message.id === sent.message.id)).toHaveLength(1);
      expect(device.of("message:new").filter((heard) => heard.message.id === sent.message.id)).toEqual([]);
    }
    expect(ada.of("notification").filter((heard) => heard.message.id === sent.message.id)).toEqual([]);
    expect(heardOf(oscar, sent.room.id)).toEqual([]);
    second.close();
  });

  test("again goes to the same conversation, whoever writes and whichever way they name the other", async () => {
    const people = [idOf("ada"), idOf("cleo")];
    const first = await ada.emit("dm:send", { userId: idOf("cleo"), clientId: newClientId(), content: "1" });
    const { output, status } = await callForStatus(by("cleo"), "POST /api/dms", { body: { userIds: people } });
    expect([status, output.room.id]).toEqual([200, first.room.id]);
    const more = await ada.emit("dm:send", { userIds: people, clientId: newClientId(), content: "2" });
    expect(more.message).toMatchObject({ roomId: first.room.id, seq: 2 });
    const { message } = await say(by("cleo"), first.room.id, "3");
    await ada.next("dm:new", (heard) => heard.message.id === message.id);
  });

  test("with a known clientId is the one stored first", async () => {
    const input = { userId: idOf("bob"), clientId: newClientId(), content: "once" };
    const answers = await Promise.all(Array.from({ length: 10 }, () => ada.emit("dm:send", input)));
    expect(new Set(answers.map(({ message }) => message.id)).size).toBe(1);
    expect(await refusal(ada.emit("dm:send", { ...input, content: "twice" }))).toBe("conflict");
    expect(await refusal(ada.emit("dm:send", { ...input, userId: idOf("cleo") }))).toBe("conflict");
    await scene.fence(bob);
    expect(bob.of("dm:new").filter((heard) => heard.message.clientId === input.clientId)).toHaveLength(1);
  });

  test("counts as unread for the other until they read it", async () => {
    const { message, room } = await ada.emit("dm:send", { userId: idOf("bob"), clientId: newClientId(), content: "?" });
    const mine = async (name: Name) => {
      const { rooms } = await call(by(name), "GET /api/rooms");
      return rooms.find(({ id }) => id === room.id)?.me;
    };
    expect((await mine("bob"))?.unread).toBeGreaterThan(0);
    expect((await mine("ada"))?.unread).toBe(0);
    await bob.emit("message:read", { messageId: message.id });
    expect((await mine("bob"))?.unread).toBe(0);
    const read = await ada.next("message:read", (heard) => heard.messageId === message.id);
    expect(read).toMatchObject({ userId: idOf("bob"), lastReadSeq: message.seq });
  });

  test("can be changed, and its changes reach both", async () => {
    const { message, room } = await ada.emit("dm:send", {
      userId: idOf("bob"),
      clientId: newClientId(),
      content: "tpyo",
    });
    await ada.emit("message:edit", { messageId: message.id, content: "typo" });
    const updated = await bob.next("message:updated", (heard) => heard.message.id === message.id);
    expect(updated.message).toMatchObject({ content: "typo", rev: message.rev + 1 });
    await bob.emit("message:react", { messageId: message.id, emoji: "😄" });
    await ada.next("message:reactions", (heard) => heard.messageId === message.id);
    // Nobody runs a conversation: each deletes only what is theirs.
    expect(await refusal(bob.emit("message:delete", { messageId: message.id }))).toBe("forbidden");
    await ada.emit("message:delete", { messageId: message.id });
    await bob.next("message:deleted", (heard) => heard.message.id === message.id);
    await scene.fence(oscar);
    expect(heardOf(oscar, room.id)).toEqual([]);
  });

  test("said several at once, to somebody new even, arrives in order at sockets of either kind", async () => {
    const userIds = [idOf("bob"), idOf("cleo")];
    const contents = Array.from({ length: 12 }, (_, index) => `burst ${index}`);
    const sent = await Promise.all(
      contents.map((content) => ada.emit("dm:send", { userIds, clientId: newClientId(), content })),
    );
    const last = sent.at(-1)?.message.id;
    const received = () => [
      ...bob.heard.flatMap(({ payload }) => {
        if ("messages" in payload) return payload.messages;
        return "message" in payload && !("kind" in payload) ? [payload.message] : [];
      }),
    ];
    await ada.next("dm:new", (heard) => heard.message.id === last);
    await scene.fence(bob);
    const burst = (texts: string[]) => texts.filter((text) => text.startsWith("burst"));
    expect(burst(received().map(({ content }) => content))).toEqual(contents);
    expect(burst(ada.of("dm:new").map(({ message }) => message.content))).toEqual(contents);
  });
});

describe("a conversation of several", () => {
  test("is its own room, of up to eight people, whatever the order they are named in", async () => {
    const others = await Promise.all(Array.from({ length: 7 }, () => register(scene.server.url)));
    const ids = others.map(({ user }) => user.id);
    const opened = await callForStatus(by("ada"), "POST /api/dms", { body: { userIds: ids } });
    expect(opened.status).toBe(201);
    expect(opened.output.room).toMatchObject({ memberCount: 8 });
    expect(opened.output.room.members).toHaveLength(8);
    const again = await callForStatus(by("ada"), "POST /api/dms", { body: { userIds: ids.toReversed() } });
    expect([again.status, again.output.room.id]).toEqual([200, opened.output.room.id]);
    const nine = { body: { userIds: [...ids, idOf("bob")] } };
    expect(await refusal(call(by("ada"), "POST /api/dms", nine))).toBe("invalid");
    const { room } = await call(by("ada"), "POST /api/dms", { body: { userIds: ids.slice(1) } });
    expect(room.id).not.toBe(opened.output.room.id);
  });

  test("opened by all of them at the same moment is one", async () => {
    const people = await Promise.all(Array.from({ length: 3 }, () => register(scene.server.url)));
    const ids = people.map(({ user }) => user.id);
    const opened = await Promise.all(
      [...people, ...people].map((person) => call(person, "POST /api/dms", { body: { userIds: ids } })),
    );
    expect(new Set(opened.map(({ room }) => room.id)).size).toBe(1);
    expect(opened[0]?.room.memberCount).toBe(3);
  });

  test("is unknown to everybody else", async () => {
    const { room } = await call(by("ada"), "POST /api/dms", { body: { userIds: [idOf("bob"), idOf("cleo")] } });
    const attempts = [
      call(by("oscar"), "GET /api/rooms/[id]", { params: { id: room.id } }),
      call(by("oscar"), "POST /api/rooms/[id]/join", { params: { id: room.id }, body: {} }),
      oscar.emit("room:join", { roomId: room.id }),
      say(by("oscar"), room.id, "let me in"),
    ];
    expect(await Promise.all(attempts.map(refusal))).toEqual(attempts.map(() => "not_found"));
    const { rooms } = await call(by("oscar"), "GET /api/rooms", { query: { scope: "public" } });
    expect(rooms.map(({ id }) => id)).not.toContain(room.id);
  });

  test("can neither be left nor run", async () => {
    const { room } = await call(by("ada"), "POST /api/dms", { body: { userIds: [idOf("bob")] } });
    const params = { id: room.id };
    const attempts = [
      call(by("ada"), "DELETE /api/rooms/[id]/leave", { params }),
      ada.emit("room:leave", { roomId: room.id }),
      call(by("ada"), "PATCH /api/rooms/[id]", { params, body: { name: "ours" } }),
      call(by("ada"), "DELETE /api/rooms/[id]", { params }),
    ];
    expect(await Promise.all(attempts.map(refusal))).toEqual(attempts.map(() => "forbidden"));
  });
});

test.each([
  ["nobody", {}],
  ["oneself alone", { userId: "me" }],
  ["both ways at once", { userId: "bob", userIds: ["bob"] }],
  ["an empty list", { userIds: [] }],
])("a direct message to %s is invalid", async (_, to) => {
  const ids = (name: string) => (name === "me" ? idOf("ada") : idOf("bob"));
  const input = {
    clientId: newClientId(),
    content: "x",
    ...("userId" in to && { userId: ids(to.userId) }),
    ...("userIds" in to && { userIds: to.userIds.map(ids) }),
  };
  expect(await refusal(ada.emit("dm:send", input))).toBe("invalid");
});

test("a direct message to somebody who does not exist is not found and leaves no room behind", async () => {
  const before = (await call(by("ada"), "GET /api/rooms")).rooms.length;
  expect(await refusal(ada.emit("dm:send", { userId: "nobody", clientId: newClientId(), content: "x" }))).toBe(
    "not_found",
  );
  expect((await call(by("ada"), "GET /api/rooms")).rooms).toHaveLength(before);
});
