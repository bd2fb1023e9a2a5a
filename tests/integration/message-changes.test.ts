import { call } from "../harness/call";
import type { Connection } from "../harness/connection";
import { heardOf, openScene, refusal, type Scene, say, send } from "../harness/scene";

type Name = "ada" | "bob" | "cleo" | "oscar";
let scene: Scene<Name>;
let ada: Connection;
let bob: Connection;
let oscar: Connection;

beforeAll(async () => {
  scene = await openScene(["ada", "bob", "cleo", "oscar"]);
  [ada, bob, oscar] = await Promise.all([scene.connect("ada"), scene.connect("bob"), scene.connect("oscar")]);
}, 60_000);

const by = (name: Name) => scene.people[name];
const idOf = (name: Name) => by(name).user.id;
const roomOf = async (name: Name, roomId: string) =>
  (await call(by(name), "GET /api/rooms/[id]", { params: { id: roomId } })).room;

describe("editing", () => {
  test("replaces the text, keeps the earlier ones as versions, and tells the room", async () => {
    const room = await scene.room(["ada", "bob"]);
    const { message } = await send(ada, room.id, "one");
    await send(bob, room.id, "between");
    const { message: second } = await ada.emit("message:edit", { messageId: message.id, content: "two" });
    expect(second).toMatchObject({ id: message.id, seq: 1, rev: 3, content: "two", createdAt: message.createdAt });
    expect(second.editedAt).not.toBeNull();
    expect((await bob.next("message:updated", (heard) => heard.message.id === message.id)).message).toEqual(second);
    await call(by("ada"), "PATCH /api/messages/[id]", { params: { id: message.id }, body: { content: "three" } });
    const { versions } = await call(by("bob"), "GET /api/messages/[id]/history", { params: { id: message.id } });
    expect(versions.map(({ content }) => content)).toEqual(["one", "two"]);
    await scene.fence(oscar);
    expect(heardOf(oscar, room.id)).toEqual([]);
  });

  test("to the same text changes nothing", async () => {
    const room = await scene.room(["ada", "bob"]);
    const { message } = await send(ada, room.id, "same");
    const { message: after } = await ada.emit("message:edit", { messageId: message.id, content: "same" });
    expect(after).toEqual(message);
    await scene.fence(bob);
    expect(bob.of("message:updated").filter((heard) => heard.message.id === message.id)).toEqual([]);
  });

  test("is for the author alone, and never for what the room says of itself", async () => {
    const room = await scene.room(["ada", "bob"]);
    const { message } = await send(bob, room.id, "bob's");
    expect(await refusal(ada.emit("message:edit", { messageId: message.id, content: "ada's" }))).toBe("forbidden");
    await call(by("ada"), "PATCH /api/rooms/[id]", { params: { id: room.id }, body: { name: "Renamed" } });
    const { message: system } = await ada.next(
      "message:new",
      (heard) => heard.message.type === "system" && heard.message.roomId === room.id,
    );
    expect(await refusal(ada.emit("message:edit", { messageId: system.id, content: "never" }))).toBe("forbidden");
  });

  test("of a deleted message, by several at once or into nothing", async () => {
    const room = await scene.room(["ada"]);
    const { message } = await send(ada, room.id, "start");
    const texts = ["a", "b", "c", "d"];
    await Promise.all(texts.map((content) => ada.emit("message:edit", { messageId: message.id, content })));
    const { versions } = await call(by("ada"), "GET /api/messages/[id]/history", { params: { id: message.id } });
    expect(versions).toHaveLength(4);
    expect((await roomOf("ada", room.id)).rev).toBe(5);
    expect(await refusal(ada.emit("message:edit", { messageId: message.id, content: " " }))).toBe("invalid");
    await ada.emit("message:delete", { messageId: message.id });
    expect(await refusal(ada.emit("message:edit", { messageId: message.id, content: "back" }))).toBe("not_found");
  });
});

describe("deleting", () => {
  test("leaves the place and takes all the rest, versions included", async () => {
    const room = await scene.room(["ada", "bob"]);
    const { message } = await send(ada, room.id, `secret for @${by("bob").user.username}`);
    await ada.emit("message:edit", { messageId: message.id, content: `other secret for @${by("bob").user.username}` });
    await bob.emit("message:react", { messageId: message.id, emoji: "👍" });
    expect((await roomOf("bob", room.id)).me).toMatchObject({ unread: 1, mentions: 1 });
    const { message: deleted } = await ada.emit("message:delete", { messageId: message.id });
    expect(deleted).toMatchObject({ id: message.id, seq: 1, content: "", reactions: [], mentions: [], files: [] });
    expect(deleted.deletedAt).not.toBeNull();
    expect((await bob.next("message:deleted", (heard) => heard.message.id === message.id)).message).toEqual(deleted);
    const { versions } = await call(by("ada"), "GET /api/messages/[id]/history", { params: { id: message.id } });
    expect(versions).toEqual([]);
    expect((await roomOf("bob", room.id)).me).toMatchObject({ unread: 0, mentions: 0 });
    expect(await refusal(ada.emit("message:delete", { messageId: message.id }))).toBe("not_found");
    expect(await refusal(bob.emit("message:react", { messageId: message.id, emoji: "👍" }))).toBe("not_found");
    await scene.fence(oscar);
    expect(heardOf(oscar, room.id)).toEqual([]);
  });

  test("another's message is for moderators", async () => {
    const room = await scene.room(["ada", "bob", "cleo"]);
    const { message } = await say(by("cleo"), room.id, "cleo's");
    expect(await refusal(bob.emit("message:delete", { messageId: message.id }))).toBe("forbidden");
    const params = { id: room.id, userId: idOf("bob") };
    await call(by("ada"), "PATCH /api/rooms/[id]/members/[userId]", { params, body: { role: "moderator" } });
    await call(by("bob"), "DELETE /api/messages/[id]", { params: { id: message.id } });
    await ada.next("message:deleted", (heard) => heard.message.id === message.id);
  });

  test("and editing at the same moment: whatever comes first, it stays deleted", async () => {
    const room = await scene.room(["ada"]);
    const { message } = await send(ada, room.id, "racing");
    const [, edit] = await Promise.all([
      ada.emit("message:delete", { messageId: message.id }),
      refusal(ada.emit("message:edit", { messageId: message.id, content: "alive" })),
    ]);
    expect([undefined, "not_found"]).toContain(edit);
    const { message: now } = await send(ada, room.id, "racing", { clientId: message.clientId });
    expect(now).toMatchObject({ content: "" });
    expect(now.deletedAt).not.toBeNull();
  });
});

describe("reactions", () => {
  test("are set, taken back and toggled, and the room hears each change once", async () => {
    const room = await scene.room(["ada", "bob"]);
    const { message } = await send(ada, room.id, "react to this");
    const react = (socket: Connection, emoji: string, on?: boolean) =>
      socket.emit("message:react", { messageId: message.id, emoji, ...(on !== undefined && { on }) });
    await react(ada, "🎉");
    expect((await react(bob, "🎉")).reactions).toEqual([{ emoji: "🎉", userIds: [idOf("ada"), idOf("bob")] }]);
    expect((await react(bob, "👍🏽", true)).reactions).toHaveLength(2);
    expect((await react(bob, "👍🏽", true)).reactions).toHaveLength(2);
    expect((await react(bob, "👍🏽", false)).reactions).toHaveLength(1);
    expect((await react(bob, "👍🏽", false)).reactions).toHaveLength(1);
    expect((await react(bob, "🎉")).reactions).toEqual([{ emoji: "🎉", userIds: [idOf("ada")] }]);
    await scene.fence(ada, oscar);
    const heard = ada.of("message:reactions").filter(({ messageId }) => messageId === message.id);
    expect(heard.map(({ rev }) => rev)).toEqual([2, 3, 4, 5, 6]);
    expect(heardOf(oscar, room.id)).toEqual([]);
  });

  test("by many at once are all counted", async () => {
    const room = await scene.room(["ada", "bob", "cleo"]);
    const { message } = await send(ada, room.id, "all together");
    const cleo = await scene.connect("cleo");
    const emoji = ["👍", "🎉", "❤️", "1️⃣", "🇩🇪"];
    await Promise.all(
      [ada, bob, cleo].flatMap((socket) =>
        emoji.map((one) => socket.emit("message:react", { messageId: message.id, emoji: one, on: true })),
      ),
    );
    const page = await call(by("ada"), "GET /api/messages", { query: { roomId: room.id } });
    const reactions = page.messages[0]?.reactions ?? [];
    expect(reactions).toHaveLength(5);
    for (const { userIds } of reactions) expect(userIds).toHaveLength(3);
    expect((await roomOf("ada", room.id)).rev).toBe(16);
    cleo.close();
  });

  test.each(["", "a", "👍👍", "<b>", "👍 ", ":+1:", "x".repeat(300), "\u200b"])(
    "that are %j are invalid",
    async (emoji) => {
      const { message } = await say(by("ada"), scene.lobby.id, "x");
      expect(await refusal(ada.emit("message:react", { messageId: message.id, emoji }))).toBe("invalid");
    },
  );
});

describe("replies", () => {
  test("quote what they answer and notify its author once", async () => {
    const room = await scene.room(["ada", "bob", "cleo"]);
    const { message: question } = await send(ada, room.id, "q".repeat(200));
    const { message } = await send(bob, room.id, "an answer", { replyToId: question.id });
    expect(message.replyTo).toEqual({
      id: question.id,
      seq: 1,
      user: { id: idOf("ada"), username: by("ada").user.username, name: "ada" },
      excerpt: "q".repeat(160),
    });
    const notified = await ada.next("notification", (heard) => heard.message.id === message.id);
    expect(notified).toMatchObject({ kind: "reply", room: { id: room.id } });
    await scene.fence(ada, bob, oscar);
    expect(bob.of("notification").filter((heard) => heard.message.id === message.id)).toEqual([]);
    expect(heardOf(oscar, room.id)).toEqual([]);
  });

  test("to what was deleted meanwhile quote nothing; to another room or nothing they are invalid", async () => {
    const [room, other] = [await scene.room(["ada"]), await scene.room(["ada"])];
    const { message: question } = await send(ada, room.id, "soon gone");
    const { message } = await send(ada, room.id, "answer", { replyToId: question.id });
    await ada.emit("message:delete", { messageId: question.id });
    const page = await call(by("ada"), "GET /api/messages", { query: { roomId: room.id } });
    expect(page.messages.find(({ id }) => id === message.id)?.replyTo).toMatchObject({ id: question.id, excerpt: "" });
    expect(await refusal(send(ada, room.id, "late", { replyToId: question.id }))).toBe("invalid");
    expect(await refusal(send(ada, other.id, "across", { replyToId: message.id }))).toBe("invalid");
    expect(await refusal(send(ada, room.id, "x", { replyToId: "nothing" }))).toBe("invalid");
  });
});

describe("mentions", () => {
  test("name members only, each once, and notify them, not outsiders, strangers or oneself", async () => {
    const room = await scene.room(["ada", "bob", "cleo"]);
    const at = (name: Name) => `@${by(name).user.username}`;
    const text = `${at("bob").toUpperCase()} and ${at("bob")}, ${at("oscar")}, ${at("ada")}, @nobody, \`${at("cleo")}\``;
    const { message } = await send(ada, room.id, text);
    expect(message.mentions.toSorted()).toEqual([idOf("ada"), idOf("bob")].toSorted());
    const notified = await bob.next("notification", (heard) => heard.message.id === message.id);
    expect(notified.kind).toBe("mention");
    expect((await roomOf("bob", room.id)).me).toMatchObject({ unread: 1, mentions: 1 });
    expect((await roomOf("ada", room.id)).me).toMatchObject({ unread: 0, mentions: 0 });
    await ada.emit("message:edit", { messageId: message.id, content: `${text} and so on` });
    expect((await roomOf("ada", room.id)).me).toMatchObject({ unread: 0, mentions: 0 });
    await scene.fence(ada, bob, oscar);
    expect(bob.of("notification").filter((heard) => heard.message.id === message.id)).toHaveLength(1);
    expect(ada.of("notification").filter((heard) => heard.message.id === message.id)).toEqual([]);
    expect(heardOf(oscar, message.id)).toEqual([]);
  });

  test("follow an edit, and stay quiet for those who muted the room", async () => {
    const room = await scene.room(["ada", "bob", "cleo"]);
    await call(by("bob"), "PATCH /api/rooms/[id]/me", { params: { id: room.id }, body: { muted: true } });
    const { message } = await send(ada, room.id, `hello @${by("bob").user.username}`);
    expect((await roomOf("bob", room.id)).me?.mentions).toBe(1);
    const { message: edited } = await ada.emit("message:edit", {
      messageId: message.id,
      content: `hello @${by("cleo").user.username}`,
    });
    expect(edited.mentions).toEqual([idOf("cleo")]);
    expect((await roomOf("bob", room.id)).me?.mentions).toBe(0);
    expect((await roomOf("cleo", room.id)).me?.mentions).toBe(1);
    const cleo = await scene.connect("cleo");
    const both = await send(ada, room.id, `@${by("bob").user.username} and @${by("cleo").user.username}`);
    await cleo.next("notification", (heard) => heard.message.id === both.message.id);
    await scene.fence(bob);
    expect(bob.of("notification").filter((heard) => heard.message.roomId === room.id)).toEqual([]);
    cleo.close();
  });
});

describe("reading", () => {
  test("moves the mark up and never back, clears the counts, and the room hears of it once", async () => {
    const room = await scene.room(["ada", "bob"]);
    const second = await scene.connect("bob");
    const sent = [await send(ada, room.id, "1"), await send(ada, room.id, "2"), await send(ada, room.id, "3")];
    const ids = sent.map(({ message }) => message.id);
    expect((await roomOf("bob", room.id)).me).toMatchObject({ lastReadSeq: 0, unread: 3 });
    const read = (index: number) => bob.emit("message:read", { messageId: ids[index] ?? "" });
    expect(await read(1)).toEqual({ roomId: room.id, lastReadSeq: 2 });
    expect(await read(0)).toEqual({ roomId: room.id, lastReadSeq: 2 });
    expect(await read(1)).toEqual({ roomId: room.id, lastReadSeq: 2 });
    expect((await roomOf("bob", room.id)).me).toMatchObject({ lastReadSeq: 2, unread: 1 });
    for (const socket of [ada, second]) await socket.next("message:read", (heard) => heard.messageId === ids[1]);
    await scene.fence(ada, second, oscar);
    expect(ada.of("message:read").filter(({ roomId }) => roomId === room.id)).toHaveLength(1);
    expect(heardOf(oscar, room.id)).toEqual([]);
    second.close();
  });

  test("is listed for each message: those at or above it, without its author, page by page", async () => {
    const room = await scene.room(["ada", "bob", "cleo"]);
    const [first, second] = [await send(ada, room.id, "1"), await send(ada, room.id, "2")];
    await bob.emit("message:read", { messageId: second.message.id });
    await ada.emit("message:read", { messageId: second.message.id });
    const cleo = await scene.connect("cleo");
    await cleo.emit("message:read", { messageId: first.message.id });
    const readers = async (messageId: string, query = {}) =>
      call(by("ada"), "GET /api/messages/[id]/reads", { params: { id: messageId }, query });
    const names = ({ reads }: Awaited<ReturnType<typeof readers>>) => reads.map(({ user }) => user.name);
    expect(names(await readers(first.message.id)).toSorted()).toEqual(["bob", "cleo"]);
    expect(names(await readers(second.message.id))).toEqual(["bob"]);
    const page = await readers(first.message.id, { limit: 1 });
    const rest = await readers(first.message.id, { limit: 1, cursor: page.next ?? "" });
    expect([...names(page), ...names(rest)].toSorted()).toEqual(["bob", "cleo"]);
    expect(rest.next).toBeNull();
    cleo.close();
  });

  test("counts stop at 100 and leave out one's own and deleted messages", async () => {
    const room = await scene.room(["ada", "bob"]);
    for (let round = 0; round < 7; round += 1) {
      await Promise.all(Array.from({ length: 15 }, (_, index) => send(ada, room.id, `${round} ${index}`)));
    }
    expect((await roomOf("bob", room.id)).me?.unread).toBe(100);
    await send(bob, room.id, "mine");
    await call(by("bob"), "PATCH /api/rooms/[id]/me", { params: { id: room.id }, body: { lastReadSeq: 100 } });
    const { message } = await send(ada, room.id, "to be deleted");
    expect((await roomOf("bob", room.id)).me?.unread).toBe(6);
    await ada.emit("message:delete", { messageId: message.id });
    expect((await roomOf("bob", room.id)).me?.unread).toBe(5);
  });
});
