import { io } from "socket.io-client";
import { type ClientEvent, clientEvents } from "@/lib/protocol/events";
import { call } from "../harness/call";
import { atEnd } from "../harness/cleanup";
import { type Connection, connect } from "../harness/connection";
import { logIn } from "../harness/people";
import { type Replica, startReplica } from "../harness/replica";
import { heardOf, newClientId, openScene, refusal, type Scene } from "../harness/scene";
import { waitFor } from "../harness/wait-for";

type Name = "ada" | "bob" | "oscar";
let scene: Scene<Name>;
/** The same database with the limits that people meet. */
let strict: Replica;

beforeAll(async () => {
  scene = await openScene(["ada", "bob", "oscar"], { env: { LOG_LEVEL: "warn" } });
  strict = await startReplica({
    databaseUrl: scene.server.databaseUrl,
    env: { RATE_LIMIT_FACTOR: "1", LOG_LEVEL: "warn" },
  });
}, 60_000);

const events = Object.keys(clientEvents) as ClientEvent[];
const bad: [string, unknown][] = [
  ["null", null],
  ["an array", []],
  ["a string", "roomId"],
  ["a number", Number.MAX_VALUE],
  ["true", true],
  ["an empty object", {}],
  ["an unknown field", { roomId: "x", messageId: "x", isAdmin: true }],
  ["wrong types", { roomId: 5, messageId: {}, clientId: [], content: null, rooms: "all", state: "god", token: 7 }],
  ["operators", { roomId: { contains: "" }, messageId: { not: "" }, clientId: "x", content: { $ne: null } }],
  ["prototype keys", JSON.parse('{"__proto__": {"roomId": "x"}, "constructor": {"prototype": {}}}')],
  ["binary", { roomId: Buffer.from("x"), messageId: Buffer.from("y"), content: Buffer.alloc(10) }],
];

describe.each(events)("%s", (event) => {
  let socket: Connection;
  beforeAll(async () => {
    socket = await scene.connect("ada");
  });
  afterAll(() => socket.close());

  test("answers every bad payload as invalid, by the ack or, without one, by the event error", async () => {
    for (const [what, payload] of bad) {
      const answer = await socket.socket.timeout(5_000).emitWithAck(event, payload);
      expect([what, answer.ok, answer.error?.code]).toEqual([what, false, "invalid"]);
      expect(Object.keys(answer.error.details).length).toBeGreaterThan(0);
    }
    const told = socket.of("error").length;
    for (const [, payload] of bad) socket.socket.emit(event, payload);
    await waitFor(() => socket.of("error").length === told + bad.length, { what: "an answer to each" });
    expect(socket.of("error").every((heard) => heard.event === event && heard.error.code === "invalid")).toBe(true);
  });

  test("answers when the payload is missing, when there is more than one, and when the ack is a value", async () => {
    expect(await socket.socket.timeout(5_000).emitWithAck(event)).toMatchObject({
      ok: false,
      error: { code: "invalid" },
    });
    expect(await socket.socket.timeout(5_000).emitWithAck(event, null, { roomId: "x" })).toMatchObject({ ok: false });
    const told = socket.of("error").length;
    socket.socket.emit(event, {}, "not a function");
    await waitFor(() => socket.of("error").length === told + 1, { what: "an answer" });
    expect(socket.socket.connected).toBe(true);
  });
});

describe("what the server does not know", () => {
  test("is answered as invalid, whatever it is called, and cut after twenty", async () => {
    const socket = await scene.connect("ada");
    const names = [
      "message:sned",
      "__proto__",
      "constructor",
      "toString",
      "hasOwnProperty",
      "error",
      "hello",
      "message:new",
    ];
    for (const name of names) {
      const answer = await socket.socket.timeout(5_000).emitWithAck(name, { roomId: "x" });
      expect([name, answer.ok, answer.error.code]).toEqual([name, false, "invalid"]);
    }
    socket.socket.emit("no-ack", {});
    expect((await socket.next("error", (heard) => heard.event === "no-ack")).error.code).toBe("invalid");
    for (let count = names.length + 1; count < 20; count += 1) {
      expect(socket.socket.connected).toBe(true);
      socket.socket.emit("nonsense");
    }
    await waitFor(() => !socket.socket.connected, { what: "the cut" });
    expect(socket.of("error")).toHaveLength(20 - names.length);
  });

  test("a personal room or another's socket cannot be joined by name", async () => {
    const [ada, oscar] = [await scene.connect("ada"), await scene.connect("oscar")];
    const room = await scene.room(["ada", "bob"]);
    for (const roomId of [`user:${scene.people.ada.user.id}`, `b:${room.id}`, `s:${room.id}`, ada.socket.id ?? ""]) {
      expect(["invalid", "not_found"]).toContain(await refusal(oscar.emit("room:join", { roomId })));
    }
    const { message } = await ada.emit("message:send", { roomId: room.id, clientId: newClientId(), content: "ours" });
    await scene.fence(oscar);
    expect(heardOf(oscar, message.id)).toEqual([]);
    for (const connection of [ada, oscar]) connection.close();
  });

  test("fields that are the server's to set are refused", async () => {
    const socket = await scene.connect("ada");
    const base = { roomId: scene.lobby.id, clientId: newClientId(), content: "x" };
    for (const extra of [{ userId: scene.people.bob.user.id }, { seq: 1 }, { createdAt: "2020-01-01T00:00:00.000Z" }]) {
      expect(await refusal(socket.emit("message:send", { ...base, ...extra }))).toBe("invalid");
    }
    socket.close();
  });
});

describe("too much", () => {
  test("events of one socket cut it, and its neighbours hear nothing of it", async () => {
    const [flood, other] = [
      await scene.people.ada.connect({ url: strict.url }),
      await scene.people.bob.connect({ url: strict.url }),
    ];
    for (let count = 0; count < 1_000; count += 1) flood.socket.emit("presence:set", { state: "online" });
    await waitFor(() => !flood.socket.connected, { what: "the cut" });
    expect(flood.of("error").at(-1)?.error).toMatchObject({
      code: "rate_limited",
      details: { retryAfterMs: expect.any(Number) },
    });
    expect(await other.emit("presence:set", { state: "online" })).toEqual({});
    other.close();
  });

  test("sending is refused after 20 messages in 10 s, over sockets and REST together, with the time to wait", async () => {
    const socket = await scene.people.oscar.connect({ url: strict.url });
    const room = await scene.room(["oscar"]);
    const send = () => socket.emit("message:send", { roomId: room.id, clientId: newClientId(), content: "x" });
    await Promise.all(Array.from({ length: 20 }, send));
    await expect(send()).rejects.toMatchObject({
      code: "rate_limited",
      body: { details: { retryAfterMs: expect.any(Number) } },
    });
    const person = { url: strict.url, accessToken: scene.people.oscar.accessToken };
    const body = { roomId: room.id, clientId: newClientId(), content: "x" };
    expect(["rate_limited", undefined]).toContain(await refusal(call(person, "POST /api/messages", { body })));
    socket.close();
  });

  test("more than ten sockets of one person are refused, and one that closes makes place", async () => {
    const open: Connection[] = [];
    for (let count = 0; count < 10; count += 1) open.push(await scene.people.bob.connect({ url: strict.url }));
    await expect(scene.people.bob.connect({ url: strict.url })).rejects.toMatchObject({
      data: { code: "rate_limited" },
    });
    open.pop()?.close();
    await waitFor(
      async () => {
        open.push(await scene.people.bob.connect({ url: strict.url }));
        return true;
      },
      { what: "a free place" },
    );
    for (const socket of open) socket.close();
  });

  test("a packet above 64 KiB ends the connection, of either transport, and no other", async () => {
    const other = await scene.connect("bob");
    for (const transport of ["websocket", "polling"]) {
      const socket = await scene.connect("ada", { transports: [transport] });
      socket.socket.emit("message:send", { roomId: "x", clientId: "y", content: "z".repeat(64 * 1024) });
      await waitFor(() => !socket.socket.connected, { what: `the end over ${transport}` });
    }
    expect(await other.emit("presence:set", { state: "online" })).toEqual({});
    other.close();
  });

  test("nesting is answered, below the packet's limit", async () => {
    const socket = await scene.connect("ada");
    const depth = 30_000;
    // The client's own encoder would not survive it.
    socket.socket.io.engine.write(`2["message:send",${"[".repeat(depth)}${"]".repeat(depth)}]`);
    expect((await socket.next("error")).error.code).toBe("invalid");
    expect(await socket.emit("presence:set", { state: "online" })).toEqual({});
    socket.close();
  });

  test("attachments that do not come, or too many, end the connection and nothing else", async () => {
    const other = await scene.connect("bob");
    const packets = [
      `51-["message:send",{"_placeholder":true,"num":7}]`,
      `5999999-["message:send",{"_placeholder":true,"num":0}]`,
      `51-["message:send",{"_placeholder":true,"num":0}]`,
    ];
    for (const packet of packets) {
      const socket = await scene.connect("ada");
      socket.socket.io.engine.write(packet);
      socket.socket.io.engine.write(Buffer.from("x"));
      socket.socket.io.engine.write("2[");
      await waitFor(() => !socket.socket.connected || socket.of("error").length > 0, { what: "an end or an answer" });
      socket.close();
    }
    expect(await other.emit("presence:set", { state: "online" })).toEqual({});
    other.close();
  });

  test("binary attachments in place of everything are no way in", async () => {
    const socket = await scene.connect("ada");
    const answer = await socket.socket.timeout(5_000).emitWithAck("message:send", Buffer.alloc(1_000));
    expect(answer).toMatchObject({ ok: false, error: { code: "invalid" } });
    socket.close();
  });
});

describe("the handshake", () => {
  const token = () => scene.people.ada.accessToken;
  const attempt = (options: Parameters<typeof connect>[2], auth: Record<string, unknown> = { token: token() }) =>
    connect(scene.server.url, auth, options).then(
      (connection) => {
        connection.close();
        return "in";
      },
      () => "refused",
    );

  test.each(["websocket", "polling"])(
    "over %s from a foreign origin is refused, whatever it carries",
    async (transport) => {
      const port = scene.server.port;
      const origins = [
        "https://evil.example",
        "null",
        `http://127.0.0.1.evil.example:${port}`,
        `http://127.0.0.1:${port + 1}`,
        `https://127.0.0.1:${port}`,
      ];
      for (const origin of origins) {
        const outcome = await attempt({ transports: [transport], extraHeaders: { Origin: origin } });
        expect([origin, outcome]).toEqual([origin, "refused"]);
      }
      const site = await attempt({ transports: [transport], extraHeaders: { "Sec-Fetch-Site": "cross-site" } });
      expect(site).toBe("refused");
      expect(await attempt({ transports: [transport], extraHeaders: { Origin: scene.server.url } })).toBe("in");
      expect(await attempt({ transports: [transport] })).toBe("in");
    },
  );

  test.each(["websocket", "polling"])("over %s by cookie must name its own origin", async (transport) => {
    const Cookie = `parley-access=${token()}`;
    expect(await attempt({ transports: [transport], extraHeaders: { Cookie } }, {})).toBe("refused");
    const own = { Cookie, Origin: scene.server.url };
    expect(await attempt({ transports: [transport], extraHeaders: own }, {})).toBe("in");
  });

  test.each<[string, Record<string, unknown>]>([
    ["nothing", {}],
    ["nonsense", { token: "nonsense" }],
    ["a number", { token: 5 }],
    ["a huge token", { token: "x".repeat(5_000) }],
  ])("with %s is refused with the contract's error", async (_, auth) => {
    const socket = io(scene.server.url, { transports: ["websocket"], reconnection: false, forceNew: true, auth });
    atEnd(() => socket.disconnect());
    const error = await new Promise<Error & { data?: { code?: string } }>((resolve) =>
      socket.on("connect_error", resolve),
    );
    expect(["unauthorized", "invalid"]).toContain(error.data?.code);
    socket.disconnect();
  });

  test("takes no token from the address", async () => {
    const outcome = await attempt({ query: { token: token(), access_token: token() } }, {});
    expect(outcome).toBe("refused");
  });

  test("leaves other protocols, versions and paths alone", async () => {
    const status = async (path: string) => (await fetch(scene.server.url + path)).status;
    expect(await status("/socket.io/?EIO=3&transport=polling")).toBe(400);
    expect(await status("/socket.io/?EIO=4&transport=carrier-pigeon")).toBe(400);
    expect(await status("/socket.io/socket.io.js")).toBeGreaterThanOrEqual(400);
  });
});

describe("a session", () => {
  test("that ends closes its sockets within a second, which hear nothing more; the person's others stay", async () => {
    const device = await logIn(scene.server.url, scene.people.bob.user.username);
    const [kept, ended] = [await scene.connect("bob"), await device.connect()];
    await call(device, "POST /api/auth/logout");
    await waitFor(() => !ended.socket.connected, { timeout: 1_000, what: "the socket to be closed" });
    expect(ended.of("error").at(-1)?.error.code).toBe("unauthorized");
    const room = await scene.room(["ada", "bob"]);
    await kept.next("room:joined", (heard) => heard.room.id === room.id);
    expect(heardOf(ended, room.id)).toEqual([]);
    await expect(device.connect()).rejects.toMatchObject({ data: { code: "unauthorized" } });
    kept.close();
  });

  test("is prolonged by auth:refresh with a token of its own, and by no other", async () => {
    const device = await logIn(scene.server.url, scene.people.ada.user.username);
    const socket = await device.connect();
    const refreshed = await scene.people.ada
      .api("post", "/api/auth/refresh", { refreshToken: device.refreshToken })
      .set("X-Client", "api")
      .expect(200);
    const { expiresAt } = await socket.emit("auth:refresh", { token: refreshed.body.accessToken });
    expect(expiresAt).toBe(refreshed.body.expiresAt);
    for (const token of [scene.people.ada.accessToken, scene.people.bob.accessToken, "nonsense", "a.b.c"]) {
      expect(await refusal(socket.emit("auth:refresh", { token }))).toBe("unauthorized");
    }
    expect(await refusal(socket.emit("auth:refresh", { token: "x".repeat(4_097) }))).toBe("invalid");
    socket.close();
  });
});

test("after all this the server has neither crashed nor logged an error", () => {
  for (const replica of [scene.server, strict]) {
    expect(replica.logs()).not.toMatch(/"level":(50|60)|unhandled|nothing handled/i);
  }
});
