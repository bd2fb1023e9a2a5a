import { type Chat, createChat } from "./chat";
import { nodeEnvironment } from "./node";
import { type TestServer, testServer } from "./test-server";
import { change, say, type TestRoom, testRoom, until } from "./test-world";

let server: TestServer;
let room: TestRoom;
let chat: Chat;

beforeEach(async () => {
  room = testRoom("room");
  for (let count = 0; count < 400; count += 1) say(room, "ada");
  server = await testServer([room]);
  server.horizon = 200;
  chat = createChat(nodeEnvironment(server.origin, { accessToken: server.token, refreshToken: "r" }));
});

afterEach(async () => {
  chat.stop();
  await server.close();
});

const held = () => chat.store.getState().conversations.get("room");
const online = () => until("online", () => chat.store.getState().connection.state === "online");
const message = (seq: number) => room.messages[seq - 1]?.id ?? "";
const content = (seq: number) => held()?.messages.find((one) => one.seq === seq)?.content;
const caughtUp = () =>
  until("the mark is at the room's end", () => chat.store.getState().marks.get("room")?.rev === room.rev);

test("a link that is opened before the connection is there stays open when it comes", async () => {
  const opening = chat.actions.openRoom("room", { messageId: message(100) });
  chat.start();
  await opening;
  await online();
  await caughtUp();
  expect(held()?.target?.messageId).toBe(message(100));
  expect(content(100)).toBe("words 100");
  expect(held()?.newer.more).toBe(true);
  expect(server.asked.get("GET /api/messages")).toBe(1);
});

test("whoever reads far up and misses very much stays there, and sees what changed there", async () => {
  chat.start();
  await online();
  await chat.actions.openRoom("room", { messageId: message(100) });
  chat.actions.lookAt("room", message(120));
  server.cut();
  for (let count = 0; count < 300; count += 1) say(room, "ada");
  change(room, 120, { content: "edited meanwhile" });
  await caughtUp();
  await until("the edit", () => content(120) === "edited meanwhile");
  expect(held()).toMatchObject({ status: "ready", newer: { more: true } });
});

test("when the message looked at is gone as well, the newest page takes its place", async () => {
  chat.start();
  await online();
  await chat.actions.openRoom("room", { messageId: message(100) });
  chat.actions.lookAt("room", "gone");
  server.cut();
  for (let count = 0; count < 300; count += 1) say(room, "ada");
  await until("the end", () => content(700) === "words 700");
  expect(held()?.newer.more).toBe(false);
});

test("back at the end nothing is pointed at, and a reload stays there", async () => {
  chat.start();
  await online();
  await chat.actions.openRoom("room", { messageId: message(100) });
  await chat.actions.jumpToEnd("room");
  expect(held()).toMatchObject({ target: null, newer: { more: false } });
  server.cut();
  for (let count = 0; count < 300; count += 1) say(room, "ada");
  await until("the end", () => content(700) === "words 700");
});

test("a room is shown although the list that its page waited for was overtaken by the greeting's", async () => {
  let open = () => {};
  server.gates.set("/api/rooms", new Promise((resolve) => (open = resolve)));
  // As a page begins that was drawn with its rooms.
  chat.store.setState({ roomsStatus: "ready" });
  chat.start();
  const opening = chat.actions.openRoom("room");
  await until("two lists were asked for", () => server.asked.get("GET /api/rooms") === 2);
  open();
  await opening;
  expect(held()?.status).toBe("ready");
});
