import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import request from "supertest";
import { type Balancer, startBalancer, startNginx } from "../harness/balancer";
import { call } from "../harness/call";
import type { Connection } from "../harness/connection";
import { logIn, type Person, register } from "../harness/people";
import { testDatabase } from "../harness/postgres";
import { startRedis } from "../harness/redis";
import { type Replica, startReplica } from "../harness/replica";
import { newClientId, say, send } from "../harness/scene";
import { waitFor } from "../harness/wait-for";

let replicas: [Replica, Replica];
let ada: Person;
let bob: Person;
let lobbyId: string;

beforeAll(async () => {
  const redis = await startRedis();
  const options = { databaseUrl: await testDatabase(), redisUrl: redis.url, env: { TRUST_PROXY: "1" } };
  replicas = await Promise.all([startReplica(options), startReplica(options)]);
  const { url } = replicas[0];
  [ada, bob] = [await register(url, { name: "ada" }), await register(url, { name: "bob" })];
  const body = { name: "lobby", isPrivate: true, memberIds: [bob.user.id] };
  lobbyId = (await call(ada, "POST /api/rooms", { body })).room.id;
  for (const replica of replicas) {
    const health = async () => (await (await fetch(`${replica.url}/health`)).json()) as { status: string };
    await waitFor(async () => (await health()).status === "ok", { what: "a replica to trust Redis" });
  }
}, 60_000);

const transportOf = ({ socket }: Connection) => socket.io.engine.transport.name;
const handshake = "/socket.io/?EIO=4&transport=polling";

/** Reconnects by itself, and keeps cookies as a browser does. */
const lasting = (url: string, transports: ("websocket" | "polling")[]) => ({
  url,
  transports,
  reconnection: true,
  reconnectionDelay: 200,
  withCredentials: true,
});

/** Bob, at whichever replica, hears of what Ada says. */
async function hears(connection: Connection, balancer: Balancer): Promise<void> {
  const { message } = await say({ ...ada, url: balancer.url }, lobbyId, "do you hear me?");
  await connection.next("message:new", (heard) => heard.message.id === message.id);
}

/** Restarts both as an upgrade does: the second when the balancer uses the first again. */
async function restartAll(balancer: Balancer, meanwhile: () => Promise<unknown>): Promise<void> {
  for (const [index, replica] of replicas.entries()) {
    const since = Date.now();
    expect(await replica.stop()).toBe(0);
    expect(Date.now() - since).toBeLessThan(10_000);
    await meanwhile();
    await replica.start();
    const lastSaid = (state: string) => balancer.logs().lastIndexOf(`parley/r${index + 1} is ${state}`);
    // nginx says nothing, and asks a replica again when it needs it.
    await waitFor(() => lastSaid("UP") >= Math.max(lastSaid("stopping"), lastSaid("DOWN")), {
      what: "HAProxy to use it",
    });
  }
}

describe("HAProxy as shipped", () => {
  let balancer: Balancer;
  beforeAll(async () => {
    balancer = await startBalancer(replicas);
  });

  test("a long-polling session stays at its replica; pages and API go anywhere", async () => {
    const { headers, text } = await request(balancer.url).get(handshake).expect(200);
    const { sid } = JSON.parse(text.slice(1)) as { sid: string };
    const cookie = /parley-replica=r\d/.exec(String(headers["set-cookie"]))?.[0] ?? "";
    expect(String(headers["set-cookie"])).toMatch(/HttpOnly.*SameSite=Lax/);
    for (let count = 0; count < 3; count += 1) {
      await request(balancer.url).post(`${handshake}&sid=${sid}`).set("Cookie", cookie).send("3").expect(200);
    }
    const other = cookie.endsWith("r1") ? "parley-replica=r2" : "parley-replica=r1";
    await request(balancer.url).post(`${handshake}&sid=${sid}`).set("Cookie", other).send("3").expect(400);
    const page = await request(balancer.url).get("/login").expect(200);
    expect(page.headers["set-cookie"]).toBeUndefined();
  });

  test("a session that begins with long-polling becomes a WebSocket", async () => {
    const connection = await bob.connect(lasting(balancer.url, ["polling", "websocket"]));
    await waitFor(() => transportOf(connection) === "websocket", { what: "the upgrade" });
    await hears(connection, balancer);
    connection.close();
  });

  test("nobody notices a rolling restart: no request fails, sockets move", async () => {
    const connections = await Promise.all(
      [0, 1, 2].map(() => bob.connect(lasting(balancer.url, ["websocket", "polling"]))),
    );
    let running = true;
    const statuses: number[] = [];
    const headers = { Authorization: `Bearer ${ada.accessToken}`, "Content-Type": "application/json" };
    const talk = async () => {
      while (running) {
        const body = JSON.stringify({ roomId: lobbyId, clientId: newClientId(), content: "on and on" });
        const sent = await fetch(`${balancer.url}/api/messages`, { method: "POST", headers, body });
        statuses.push(sent.status);
        await sent.arrayBuffer();
      }
    };
    const talking = [talk(), talk()];
    await restartAll(balancer, async () => {
      await waitFor(() => connections.every(({ socket }) => socket.connected), { what: "the sockets to move" });
    });
    running = false;
    await Promise.all(talking);
    expect(statuses.length).toBeGreaterThan(100);
    expect(statuses.filter((status) => status !== 201)).toEqual([]);
    for (const connection of connections) await hears(connection, balancer);
    for (const connection of connections) connection.close();
  }, 60_000);
});

describe("HAProxy for WebSockets alone", () => {
  test("differs from the other in nothing else", () => {
    const [shipped, alone] = ["haproxy.cfg", "haproxy-websocket.cfg"].map((name) =>
      readFileSync(resolve(import.meta.dirname, "..", "..", "deploy", name), "utf8")
        .split("\n")
        .filter((line) => line !== "" && !/^\s*#/.test(line)),
    ) as [string[], string[]];
    expect(alone.filter((line) => !shipped.includes(line))).toEqual([
      "  http-request deny deny_status 400 if { path_beg /socket.io/ } { url_param(transport) polling }",
    ]);
    expect(shipped.filter((line) => !alone.includes(line))).toEqual([
      "  use_backend sockets if { path_beg /socket.io/ }",
      "backend sockets",
      '  cookie parley-replica insert indirect nocache httponly attr "SameSite=Lax"',
      "  server parley1 parley1:3000 cookie parley1 track parley/parley1",
      "  server parley2 parley2:3000 cookie parley2 track parley/parley2",
    ]);
  });

  test("everything works across reconnects without a cookie, wherever a socket lands", async () => {
    const balancer = await startBalancer(replicas, "haproxy-websocket.cfg");
    const person = await logIn(balancer.url, bob.user.username);
    const connections = await Promise.all([0, 1, 2, 3].map(() => person.connect(lasting(balancer.url, ["websocket"]))));
    const speaker = await ada.connect(lasting(balancer.url, ["websocket"]));
    const everybodyHears = async () => {
      const { message } = await send(speaker, lobbyId, "do you all hear me?");
      for (const connection of connections) {
        await connection.next("message:new", (heard) => heard.message.id === message.id);
      }
    };
    await everybodyHears();
    await restartAll(balancer, async () => {
      await waitFor(() => [speaker, ...connections].every(({ socket }) => socket.connected), {
        what: "all to be back",
      });
      await everybodyHears();
    });
    await everybodyHears();
    const { headers } = await request(balancer.url).get("/login").expect(200);
    expect(headers["set-cookie"]).toBeUndefined();
  }, 60_000);

  test("long-polling is refused at once, on the way in and within a session", async () => {
    const balancer = await startBalancer(replicas, "haproxy-websocket.cfg");
    await request(balancer.url).get(handshake).expect(400);
    await request(balancer.url).post(`${handshake}&sid=anything`).send("3").expect(400);
    await expect(bob.connect({ url: balancer.url, transports: ["polling"] })).rejects.toThrow();
  });
});

describe("nginx as shipped", () => {
  test("WebSockets, upgrades and long-polling pass; a replica that ends is gone round", async () => {
    const balancer = await startNginx(replicas);
    const connections = await Promise.all([
      bob.connect(lasting(balancer.url, ["websocket"])),
      bob.connect(lasting(balancer.url, ["polling", "websocket"])),
      bob.connect(lasting(balancer.url, ["polling"])),
    ]);
    await waitFor(() => connections.map(transportOf).join() === "websocket,websocket,polling", { what: "the upgrade" });
    for (const connection of connections) await hears(connection, balancer);
    await restartAll(balancer, async () => {
      // nginx leaves out for 5 s whom it could not reach, and a socket that was refused rests for up to 7.5 s.
      await waitFor(() => connections.every(({ socket }) => socket.connected), {
        timeout: 20_000,
        what: "the sockets to move",
      });
      await request(balancer.url).get("/login").expect(200);
    });
    for (const connection of connections) await hears(connection, balancer);
  }, 90_000);

  test("for WebSockets alone, as docs/operations/load-balancers.md says", async () => {
    const balancer = await startNginx(replicas, (config) =>
      config
        .replace("hash $remote_addr consistent;", "least_conn;")
        .replace("location / {", "location / {\n    if ($arg_transport = polling) { return 400; }"),
    );
    await request(balancer.url).get(handshake).expect(400);
    const connections = await Promise.all([0, 1].map(() => bob.connect(lasting(balancer.url, ["websocket"]))));
    for (const connection of connections) await hears(connection, balancer);
  });
});
