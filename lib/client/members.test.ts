import { type Chat, createChat } from "./chat";
import { nodeEnvironment } from "./node";
import { type TestServer, testServer } from "./test-server";
import { person, say, testRoom, until } from "./test-world";

const path = "/api/rooms/room/members";
let server: TestServer;
let chat: Chat;

beforeEach(async () => {
  const room = testRoom("room");
  say(room, "ada");
  server = await testServer([room]);
  chat = createChat(nodeEnvironment(server.origin, { accessToken: server.token, refreshToken: "r" }));
  chat.start();
  await until("online", () => chat.store.getState().connection.state === "online");
});

afterEach(async () => {
  chat.stop();
  await server.close();
});

const list = () => chat.store.getState().members.get("room");
const joins = (id: string) => server.emit("room:user-joined", { roomId: "room", user: person(id) });

test("who joins while the members are loaded is not forgotten: they are asked for again", async () => {
  let open = () => {};
  server.gates.set(path, new Promise((resolve) => (open = resolve)));
  const loading = chat.actions.loadMembers("room");
  await until("asked", () => server.asked.get(`GET ${path}`) === 1);
  joins("ben");
  await until("heard", () => list()?.changed === true);
  open();
  await loading;
  expect(server.asked.get(`GET ${path}`)).toBe(2);
  expect(list()).toMatchObject({ status: "ready", changed: false });
});

test("after an outage what is known of the members counts as unsure, and is loaded from its beginning", async () => {
  await chat.actions.loadMembers("room");
  joins("ben");
  await until("heard", () => list()?.members.length === 1);
  server.cut();
  await until("unsure", () => list()?.status === "idle");
  expect(list()?.members).toHaveLength(1);
  await chat.actions.loadMembers("room");
  expect(list()).toMatchObject({ status: "ready", members: [] });
});
