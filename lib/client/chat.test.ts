import { type Chat, createChat } from "./chat";
import { nodeEnvironment } from "./node";
import type { ChatState } from "./state";
import { type TestServer, testServer } from "./test-server";
import { change, countsOf, say, type TestRoom, testRoom, until } from "./test-world";

let server: TestServer;
let room: TestRoom;
let other: TestRoom;
const chats: Chat[] = [];

beforeEach(async () => {
  room = testRoom("room");
  other = testRoom("other");
  for (let count = 0; count < 8; count += 1) say(room, "ada");
  say(other, "ben");
  server = await testServer([room, other]);
});

afterEach(async () => {
  for (const chat of chats.splice(0)) chat.stop();
  await server.close();
});

function client(token = server.token, limits?: { messages: number; rooms: number }): Chat {
  const chat = createChat(nodeEnvironment(server.origin, { accessToken: token, refreshToken: "r" }), {
    ...(limits && { limits }),
  });
  chats.push(chat);
  chat.start();
  return chat;
}

const is = (chat: Chat, test: (state: ChatState) => boolean) => () => test(chat.store.getState());
const texts = (chat: Chat, roomId = "room") =>
  chat.store
    .getState()
    .conversations.get(roomId)
    ?.messages.map((message) => message.content);
const online = (chat: Chat) =>
  until(
    "online",
    is(chat, (state) => state.connection.state === "online"),
  );

/** Equal to the server in everything that is held. */
const equal = (chat: Chat, one: TestRoom) =>
  until(
    `${one.id} equals the server`,
    is(chat, (state) => {
      const held = state.conversations.get(one.id)?.messages;
      const counts = countsOf(one, "me", server.reads.get(one.id) ?? 0);
      const mine = state.rooms.get(one.id)?.me;
      const rows = !held || JSON.stringify(held) === JSON.stringify(one.messages.slice(-held.length));
      return rows && held?.length !== 0 && state.marks.get(one.id)?.rev === one.rev && mine?.unread === counts.unread;
    }),
  );

async function opened(): Promise<Chat> {
  const chat = client();
  await online(chat);
  await chat.actions.openRoom("room");
  return chat;
}

test("greets, knows its rooms and their counts, and opens one at its newest page with a divider", async () => {
  const chat = await opened();
  const state = chat.store.getState();
  expect(state.me?.id).toBe("me");
  expect(state.rooms.get("other")?.me?.unread).toBe(1);
  expect(state.presence.get("ada")?.state).toBe("online");
  expect(texts(chat)).toEqual(room.messages.map((message) => message.content));
  expect(state.conversations.get("room")?.dividerSeq).toBe(0);
  chat.actions.closeRoom("room");
  expect(chat.store.getState().conversations.get("room")?.dividerSeq).toBeNull();
});

test("a room opened before the connection is there misses nothing that happens meanwhile", async () => {
  const chat = client();
  const opening = chat.actions.openRoom("room");
  change(room, 2, { content: "edited" });
  say(room, "ada");
  await opening;
  await online(chat);
  await equal(chat, room);
});

test("a page that was read before the room's own answer is caught up with it", async () => {
  let open = () => {};
  server.gates.set("/api/rooms", new Promise((resolve) => (open = resolve)));
  const chat = client();
  const opening = chat.actions.openRoom("room");
  await until("the page was asked for", () => server.asked.has("GET /api/messages"));
  change(room, 2, { content: "after the page" });
  open();
  await opening;
  await online(chat);
  await equal(chat, room);
});

test("shows live changes, heals a lost one after a moment, and the last one by the heads", async () => {
  const chat = await opened();
  say(room, "ada");
  server.announce(room, 8);
  await equal(chat, room);
  say(room, "ben", { content: "lost on the way" });
  say(room, "ada");
  server.announce(room, 10);
  await equal(chat, room);
  change(room, 3, { content: "lost at the end" });
  server.emit("heads", { heads: { room: room.rev } });
  await equal(chat, room);
});

test("after an outage the open room is caught up through pages, the others by their counts", async () => {
  const chat = await opened();
  await chat.actions.openRoom("other");
  chat.actions.closeRoom("other");
  server.cut();
  for (let count = 0; count < 10; count += 1) say(room, "ada");
  change(room, 1, { content: "edited" });
  say(other, "ben");
  await until(
    "noticed",
    is(chat, (state) => state.connection.state === "reconnecting"),
  );
  await online(chat);
  await equal(chat, room);
  await equal(chat, other);
});

test("too far behind, the newest page replaces the room and older ones can be loaded", async () => {
  const chat = await opened();
  server.horizon = 5;
  server.cut();
  for (let count = 0; count < 70; count += 1) say(room, "ada");
  await equal(chat, room);
  const held = chat.store.getState().conversations.get("room");
  expect(held?.messages).toHaveLength(50);
  expect(held?.older.more).toBe(true);
  await chat.actions.loadOlder("room");
  expect(chat.store.getState().conversations.get("room")?.messages[0]?.seq).toBe(1);
});

test("another epoch, or a room whose counter went back, throws away what was held", async () => {
  const chat = await opened();
  server.cut();
  server.epoch = "second life";
  room.messages.splice(5);
  room.changes.splice(5);
  room.rev = 5;
  await until("it shrank", () => texts(chat)?.length === 5);
  await equal(chat, room);
  expect(chat.store.getState().rooms.get("room")?.lastSeq).toBe(5);
  server.cut();
  room.messages.splice(3);
  room.changes.splice(3);
  room.rev = 3;
  await until("it shrank again", () => texts(chat)?.length === 3);
  await equal(chat, room);
});

test("an own message is shown once, whether ack or broadcast comes first", async () => {
  const chat = await opened();
  server.onSend = ({ clientId, content }) => {
    const message = say(room, "me", { clientId, content });
    server.announce(room, message.rev - 1);
    return message;
  };
  await chat.actions.send("room", "hello");
  const rows = () => [
    ...(chat.store.getState().conversations.get("room")?.messages ?? []),
    ...(chat.store.getState().pending.get("room") ?? []),
  ];
  expect(rows().filter(({ content }) => content === "hello")).toHaveLength(1);
  await until(
    "stored",
    is(chat, (state) => state.pending.size === 0),
  );
  expect(rows().filter(({ content }) => content === "hello")).toHaveLength(1);
  await equal(chat, room);
});

test("reading tells the server at most once a second and clears the count at once", async () => {
  const chat = await opened();
  for (const seq of [2, 5, 8]) chat.actions.markRead("room", seq);
  expect(chat.store.getState().rooms.get("room")?.me?.unread).toBe(0);
  await until("told", () => server.reads.get("room") === 8);
  chat.actions.markRead("room", 4);
  expect(chat.store.getState().rooms.get("room")?.me?.lastReadSeq).toBe(8);
  expect(server.asked.get("message:read")).toBeLessThanOrEqual(2);
});

test("a token that is not accepted is renewed once; then the person is signed out", async () => {
  const chat = client("stale");
  await online(chat);
  server.token = "token-2";
  server.cut();
  await until("renewed", () => (server.asked.get("POST /api/auth/refresh") ?? 0) > 1);
  await online(chat);
  server.token = "token-3";
  server.ended = true;
  server.cut();
  await until(
    "signed out",
    is(chat, (state) => state.connection.state === "signed-out"),
  );
});

test("an optimistic reaction is taken back when it is refused, and confirmed by the broadcast", async () => {
  const chat = await opened();
  const message = room.messages[3];
  const reactions = () => chat.store.getState().conversations.get("room")?.messages[3]?.reactions;
  const reacting = chat.actions.react("room", message?.id ?? "", "👍");
  expect(reactions()).toEqual([{ emoji: "👍", userIds: ["me"] }]);
  await reacting;
  change(room, 4, { reactions: [{ emoji: "👍", userIds: ["ada", "me"] }] });
  server.announce(room, 8);
  await equal(chat, room);
  server.mute.add("message:react");
  const refused = chat.actions.react("room", message?.id ?? "", "🎉");
  expect(reactions()).toHaveLength(2);
  server.cut();
  await expect(refused).rejects.toMatchObject({ code: "unreachable" });
  await equal(chat, room);
});

test("several guesses about one message are each taken back, in whatever order their answers fail to come", async () => {
  const chat = await opened();
  const message = room.messages[3];
  server.mute.add("message:react");
  const guesses = [
    chat.actions.react("room", message?.id ?? "", "👍"),
    chat.actions.react("room", message?.id ?? "", "🎉"),
    chat.actions.react("room", message?.id ?? "", "👀"),
  ];
  expect(chat.store.getState().conversations.get("room")?.messages[3]?.reactions).toHaveLength(3);
  server.cut();
  for (const guess of guesses) await expect(guess).rejects.toMatchObject({ code: "unreachable" });
  await equal(chat, room);
});

test("memory is bounded: rooms that were left keep their newest messages, the oldest of them none", async () => {
  const chat = client(server.token, { messages: 4, rooms: 1 });
  await online(chat);
  await chat.actions.openRoom("room");
  chat.actions.closeRoom("room");
  expect(texts(chat)).toHaveLength(4);
  await chat.actions.openRoom("other");
  expect(chat.store.getState().conversations.has("room")).toBe(false);
  await chat.actions.openRoom("room");
  await equal(chat, room);
});

test("closing and opening a room while it loads, and stopping and starting, end where they should", async () => {
  const chat = client();
  chat.stop();
  chat.start();
  await online(chat);
  const first = chat.actions.openRoom("room");
  chat.actions.closeRoom("room");
  const wanted = room.messages[2]?.id ?? "";
  await Promise.all([first, chat.actions.openRoom("room", { messageId: wanted })]);
  expect(chat.store.getState().conversations.get("room")).toMatchObject({
    status: "ready",
    target: { messageId: wanted },
  });
  await equal(chat, room);
});

test("a link to a message that is gone still opens the room", async () => {
  const chat = client();
  await online(chat);
  await expect(chat.actions.openRoom("room", { messageId: "gone" })).rejects.toMatchObject({ code: "not_found" });
  await equal(chat, room);
});

test("focus and wake while a connection is being made do not present the session twice", async () => {
  let open = () => {};
  server.gates.set("handshake", new Promise((resolve) => (open = resolve)));
  let wake = () => {};
  const watch = (changed: () => void) => {
    wake = changed;
    return () => {};
  };
  const signals = { isOnline: () => true, watch };
  const chat = createChat(nodeEnvironment(server.origin, { accessToken: server.token }, { signals }));
  chats.push(chat);
  chat.start();
  await until("the handshake", () => server.asked.get("handshake") === 1);
  for (let count = 0; count < 3; count += 1) wake();
  server.asked.delete("sync");
  open();
  await online(chat);
  await chat.actions.openRoom("room");
  wake();
  await until("a fence", () => server.asked.has("sync"));
  expect(server.asked.get("handshake")).toBe(1);
});

test("a room that could not be loaded is loaded when the server answers again, without a click", async () => {
  server.failing.add("/api/messages");
  const chat = client();
  const opening = chat.actions.openRoom("room");
  await until(
    "the error is shown",
    is(chat, (state) => state.conversations.get("room")?.status === "error"),
    10_000,
  );
  await opening;
  server.failing.clear();
  server.cut();
  await equal(chat, room);
});

test("a list that was asked for on a connection that died does not hold up the next greeting", async () => {
  const chat = await opened();
  let open = () => {};
  server.gates.set("/api/rooms", new Promise((resolve) => (open = resolve)));
  void chat.actions.loadRooms().catch(() => undefined);
  await until("asked", () => (server.asked.get("GET /api/rooms") ?? 0) > 0);
  server.gates.clear();
  server.cut();
  for (let count = 0; count < 3; count += 1) say(other, "ben");
  await equal(chat, other);
  open();
});

test("a room that is not loaded and whose counter went back is known anew", async () => {
  const chat = client();
  await online(chat);
  server.cut();
  room.messages.splice(3);
  room.changes.splice(3);
  room.rev = 3;
  await until(
    "noticed",
    is(chat, (state) => state.connection.state === "reconnecting"),
  );
  await equal(chat, room);
  say(room, "ada");
  server.announce(room, 3);
  await equal(chat, room);
});

test("waking up asks for what was missed in rooms on and off the screen", async () => {
  let wake = () => {};
  const watch = (changed: () => void) => {
    wake = changed;
    return () => {};
  };
  const signals = { isOnline: () => true, watch };
  const chat = createChat(nodeEnvironment(server.origin, { accessToken: server.token }, { signals }));
  chats.push(chat);
  chat.start();
  await online(chat);
  await chat.actions.openRoom("room");
  say(room, "ada");
  say(other, "ben");
  wake();
  await equal(chat, room);
  await equal(chat, other);
});

test("removed from a room, nothing of it is left", async () => {
  const chat = await opened();
  server.rooms.delete("room");
  server.emit("room:removed", { roomId: "room", reason: "removed" });
  await until(
    "gone",
    is(chat, (state) => !state.rooms.has("room") && !state.conversations.has("room")),
  );
  say(room, "ada");
  server.announce(room, room.rev - 1);
  server.emit("typing:start", { roomId: "other", user: { id: "ben", username: "ben", name: "Ben", avatar: null } });
  await until(
    "the fence",
    is(chat, (state) => state.typing.has("other")),
  );
  expect(chat.store.getState().conversations.has("room")).toBe(false);
});
