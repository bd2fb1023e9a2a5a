import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, connect, createServer, type Server as NetServer, type Socket as NetSocket } from "node:net";
import { Server } from "socket.io";
import { io, type Socket } from "socket.io-client";
import { testClock, until } from "./test-world";
import { preferWebSocket } from "./transports";

let server: Server;
let way: NetServer;
let target: number;
/** What the way does to WebSockets; plain requests always pass. */
let hostile: "refuses" | "swallows" | null;
let sockets: Socket[];
const held = new Set<NetSocket>();

beforeEach(async () => {
  hostile = null;
  sockets = [];
  const http = createHttpServer();
  server = new Server(http);
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  target = (http.address() as AddressInfo).port;
  way = createServer((near) => {
    held.add(near.on("error", () => undefined));
    near.once("data", (head) => {
      const upgrades = /^upgrade: websocket/im.test(head.toString("latin1"));
      if (upgrades && hostile === "refuses") return void near.destroy();
      if (upgrades && hostile === "swallows") return;
      const far = connect(target, "127.0.0.1").on("error", () => near.destroy());
      held.add(far);
      far.write(head);
      near.pipe(far).pipe(near);
    });
  });
  await new Promise<void>((resolve) => way.listen(0, "127.0.0.1", resolve));
});

afterEach(async () => {
  for (const socket of sockets) socket.disconnect();
  for (const socket of held) socket.destroy();
  held.clear();
  await server.close();
  await new Promise((resolve) => way.close(resolve));
});

function client(passes: () => Promise<boolean> = async () => hostile === null) {
  const clock = testClock();
  const socket = io(`http://127.0.0.1:${(way.address() as AddressInfo).port}`, {
    transports: ["websocket", "polling"],
    tryAllTransports: true,
    reconnection: false,
    forceNew: true,
    timeout: 1_000,
  });
  sockets.push(socket);
  preferWebSocket(socket.io, passes, clock);
  const failures: string[] = [];
  socket.on("connect_error", (error) => failures.push(error.message));
  const transport = () => (socket.connected ? socket.io.engine.transport.name : null);
  return { socket, clock, failures, transport };
}

test("falls back within one try where WebSockets are refused, and comes back when they pass", async () => {
  hostile = "refuses";
  const { socket, clock, failures, transport } = client();
  await until("polling", () => transport() === "polling");
  clock.advance(5_000);
  await until("looked in vain", () => clock.pending() === 1);
  hostile = null;
  clock.advance(9_999);
  expect(transport()).toBe("polling");
  const broken = new Promise((resolve) => socket.once("disconnect", resolve));
  clock.advance(1);
  await broken;
  socket.connect();
  await until("a WebSocket", () => transport() === "websocket");
  expect(failures).toEqual([]);
  expect(clock.pending()).toBe(0);
});

test("where WebSockets are swallowed the second try begins with polling, and upgrades where they pass by then", async () => {
  hostile = "swallows";
  const { socket, failures, transport } = client();
  await until("the first try is over", () => failures.length === 1);
  socket.connect();
  await until("polling", () => transport() === "polling");
  socket.disconnect();
  // The next begins with a WebSocket again, whatever was found out before.
  hostile = null;
  socket.connect();
  await until("connected", () => transport() !== null);
  expect(transport()).toBe("websocket");
});

test("an upgrade of the session itself needs no look", async () => {
  hostile = "swallows";
  const { socket, failures, transport, clock } = client();
  await until("the first try is over", () => failures.length === 1);
  hostile = null;
  socket.connect();
  await until("upgraded", () => transport() === "websocket");
  clock.advance(600_000);
  expect(clock.pending()).toBe(0);
  expect(socket.connected).toBe(true);
});
