import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server } from "socket.io";
import { io as connect, type Socket } from "socket.io-client";
import { writeOnceATurn } from "./one-write";

describe("what a socket is sent in one turn", () => {
  const http = createServer();
  const server = new Server(http, { serveClient: false });
  const clients: Socket[] = [];
  writeOnceATurn(server as never);
  beforeAll(() => new Promise<void>((done) => void http.listen(0, "127.0.0.1", done)));
  afterEach(async () => {
    const gone = [...server.of("/").sockets.values()].map(
      (socket) => new Promise<void>((done) => void socket.on("disconnect", () => done())),
    );
    for (const client of clients.splice(0)) client.close();
    await Promise.all(gone);
  });
  afterAll(() => server.close());

  async function join(transports: string[]): Promise<Socket> {
    const { port } = http.address() as AddressInfo;
    const client = connect(`http://127.0.0.1:${port}`, { transports, forceNew: true, reconnection: false });
    clients.push(client);
    await new Promise<void>((done) => client.on("connect", done));
    return client;
  }

  /** Counts the writes to all TCP sockets of the server while `send` runs and until all that it sent was heard. */
  async function writesOf(heard: Promise<unknown>[], send: () => void): Promise<number> {
    let writes = 0;
    for (const { conn } of server.of("/").sockets.values()) {
      const raw = (conn.transport as unknown as { socket: { _socket: { write(...values: unknown[]): boolean } } })
        .socket._socket;
      const write = raw.write.bind(raw);
      raw.write = (...values) => {
        writes += 1;
        return write(...values);
      };
    }
    send();
    await Promise.all(heard);
    return writes;
  }

  const hear = (client: Socket, count: number) =>
    new Promise<unknown[]>((done) => {
      const values: unknown[] = [];
      client.onAny((name, value) => {
        values.push([name, value]);
        if (values.length === count) done(values);
      });
    });

  test("is one write a socket, complete and in order", async () => {
    const both = [await join(["websocket"]), await join(["websocket"])];
    const heard = both.map((client) => hear(client, 41));
    const writes = await writesOf(heard, () => {
      for (let n = 0; n < 20; n += 1) {
        server.emit("said", `to all ${n} ${"é".repeat(n * 10)}`);
        for (const socket of server.of("/").sockets.values()) socket.emit("own", n);
      }
      server.emit("last");
    });
    expect(writes).toBe(2);
    for (const values of await Promise.all(heard)) {
      const expected = Array.from({ length: 20 }, (_, n) => [
        ["said", `to all ${n} ${"é".repeat(n * 10)}`],
        ["own", n],
      ]).flat();
      expect(values).toEqual([...expected, ["last", undefined]]);
    }
  });

  test("comes first to whoever is answered", async () => {
    const order: string[] = [];
    const clients = [await join(["websocket"]), await join(["websocket"]), await join(["websocket"])];
    const sockets = [...server.of("/").sockets.values()];
    for (const socket of sockets) {
      socket.conn.on("flush", () => order.push(socket.id));
      socket.on("say", (ack: () => void) => {
        server.emit("said", 1);
        ack();
      });
    }
    const heard = clients.map((client) => hear(client, 1));
    const asking = clients[1] as Socket;
    await asking.emitWithAck("say");
    await Promise.all(heard);
    expect(order).toHaveLength(3);
    expect(order[0]).toBe(asking.id);
  });

  test("is written in stretches between which the loop goes on, and once to each", async () => {
    const clients = await Promise.all(Array.from({ length: 40 }, () => join(["websocket"])));
    const heard = clients.map((client) => hear(client, 2));
    let turn = 0;
    const turns: number[] = [];
    for (const { conn } of server.of("/").sockets.values())
      conn.on("flush", () => {
        turns.push(turn);
        for (const until = performance.now() + 1; performance.now() < until; );
      });
    const writes = await writesOf(heard, () => {
      server.emit("said", 1);
      server.emit("said", 2);
      const count = () => {
        turn += 1;
        if (turns.length < 40) setImmediate(count);
      };
      setImmediate(count);
    });
    expect(writes).toBe(40);
    expect(turns).toHaveLength(40);
    expect(new Set(turns).size).toBeGreaterThan(1);
  });

  test("arrives where it is binary, longer than what is joined, or goes by polling", async () => {
    const web = await join(["websocket"]);
    const poll = await join(["polling"]);
    const long = "x".repeat(50_000);
    const heard = [web, poll].map((client) => hear(client, 4));
    for (const value of [long, Buffer.from("binary"), long, "end"]) server.emit("said", value);
    for (const values of await Promise.all(heard)) {
      expect(values).toEqual([long, Buffer.from("binary"), long, "end"].map((value) => ["said", value]));
    }
  });

  test("is framed rightly whatever its length", async () => {
    const client = await join(["websocket"]);
    const lengths = [
      ...Array.from({ length: 60 }, (_, n) => 80 + n),
      ...Array.from({ length: 60 }, (_, n) => 65_490 + n),
    ];
    for (const length of lengths) {
      const heard = hear(client, 1);
      for (const socket of server.of("/").sockets.values()) socket.emit("said", "x".repeat(length));
      expect(await heard).toEqual([["said", "x".repeat(length)]]);
      client.offAny();
    }
  });

  test("arrives before the socket is closed", async () => {
    const client = await join(["websocket"]);
    const heard = hear(client, 1);
    const closed = new Promise<void>((done) => client.on("disconnect", () => done()));
    for (const socket of server.of("/").sockets.values()) {
      socket.emit("farewell");
      socket.disconnect(true);
    }
    expect(await heard).toEqual([["farewell", undefined]]);
    await closed;
  });
});
