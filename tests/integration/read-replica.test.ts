import { Client } from "pg";
import type { MessagePage } from "@/lib/protocol/routes";
import { call } from "../harness/call";
import type { Connection } from "../harness/connection";
import { type Person, register } from "../harness/people";
import { startPostgres, startStandby, type TestStandby } from "../harness/postgres";
import { type Replica, startReplica } from "../harness/replica";
import { refusal, say } from "../harness/scene";
import { waitFor } from "../harness/wait-for";

const token = "a token that only these tests know";
const COUNT = 30;

let standby: TestStandby;
let database: string;
let server: Replica;
let ada: Person;
let bob: Person;
let socket: Connection;
let busy: string;
let quiet: string;
let ids: string[];

async function onStandby(sql: string): Promise<void> {
  const client = new Client({ connectionString: standby.url(database) });
  await client.connect();
  await client.query(sql).finally(() => client.end());
}

async function outcomes(): Promise<Record<string, number>> {
  const answer = await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${token}` } });
  const found = (await answer.text()).matchAll(/^parley_replica_reads_total\{outcome="(\w+)"\} (\d+)/gm);
  return Object.fromEntries([...found].map(([, outcome = "", count]) => [outcome, Number(count)]));
}

/** How the reads of some work ended. */
async function outcomesOf(work: () => Promise<unknown>): Promise<Record<string, number>> {
  const before = await outcomes();
  await work();
  const after = await outcomes();
  return Object.fromEntries(Object.entries(after).map(([outcome, count]) => [outcome, count - (before[outcome] ?? 0)]));
}

/** The oldest page of a room. */
async function oldest(roomId: string, who = ada): Promise<MessagePage> {
  const newest = (await call(who, "GET /api/messages", { query: { roomId, limit: 10 } })) as MessagePage;
  const older = { roomId, limit: 20, cursor: newest.older ?? "" };
  return (await call(who, "GET /api/messages", { query: older })) as MessagePage;
}

const found = async (q: string, who = ada) =>
  (await call(who, "GET /api/search", { query: { q } })).messages.map(({ content }) => content);

const caughtUp = () =>
  waitFor(async () => (await outcomesOf(() => found("number"))).served === 1, {
    what: "the standby to have caught up",
  });

beforeAll(async () => {
  const primary = await startPostgres();
  const url = await primary.createDatabase();
  database = new URL(url).pathname.slice(1);
  standby = await startStandby(primary);
  server = await startReplica({
    databaseUrl: url,
    env: { DATABASE_REPLICA_URL: standby.url(database), METRICS_TOKEN: token, LOG_LEVEL: "warn" },
  });
  [ada, bob] = [await register(server.url, { name: "ada" }), await register(server.url, { name: "bob" })];
  const body = { name: "busy", isPrivate: true, memberIds: [bob.user.id] };
  busy = (await call(ada, "POST /api/rooms", { body })).room.id;
  quiet = (await call(ada, "POST /api/rooms", { body: { ...body, name: "quiet" } })).room.id;
  ids = [];
  for (const roomId of [quiet, busy]) {
    for (let n = 1; n <= COUNT; n += 1) {
      const { message } = await say(ada, roomId, `number ${n}`);
      if (roomId === busy) ids.push(message.id);
    }
  }
  socket = await ada.connect();
  await caughtUp();
}, 120_000);

test("older pages and searches are read from the replica, the newest page is not", async () => {
  expect(await outcomesOf(() => oldest(busy))).toEqual({ served: 1, behind: 0, failed: 0 });
  expect((await oldest(busy)).messages.map(({ seq }) => seq)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
  expect(await outcomesOf(() => call(ada, "GET /api/messages", { query: { roomId: busy } }))).toEqual({
    served: 0,
    behind: 0,
    failed: 0,
  });
  expect(await found("number 17")).toEqual(["number 17", "number 17"]);
});

test("what is acknowledged is seen at once, however short the way to the replica", async () => {
  for (let n = 0; n < 20; n += 1) {
    const [messageId = "", gone = ""] = [ids[n % 5], ids[5 + (n % 5)]];
    await socket.emit("message:edit", { messageId, content: `edited ${n} times` });
    await socket.emit("message:react", { messageId: gone, emoji: "👍", on: n % 2 === 0 });
    const { messages } = await oldest(busy);
    expect(messages.find(({ id }) => id === messageId)?.content).toBe(`edited ${n} times`);
    expect(messages.find(({ id }) => id === gone)?.reactions.length).toBe(n % 2 === 0 ? 1 : 0);
  }
}, 60_000);

describe("while the replica stands still", () => {
  beforeAll(async () => {
    await caughtUp();
    await onStandby("SELECT pg_wal_replay_pause()");
  });

  test("a deletion does not come back, an edit holds, and a new message is found", async () => {
    const deleted = ids[11] ?? "";
    await socket.emit("message:edit", { messageId: ids[10] ?? "", content: "pomegranate" });
    await socket.emit("message:delete", { messageId: deleted });
    await say(ada, busy, "persimmon");
    const done = await outcomesOf(async () => {
      const { messages } = await oldest(busy);
      expect(messages.find(({ id }) => id === deleted)).toMatchObject({ content: "", seq: 12 });
      expect(messages.map(({ content }) => content)).toContain("pomegranate");
      expect(await found("persimmon")).toEqual(["persimmon"]);
      expect(await found("persimmon", bob)).toEqual(["persimmon"]);
      expect(await found('"number 12" in:busy')).toEqual([]);
    });
    expect(done).toEqual({ served: 0, behind: 4, failed: 0 });
  });

  test("a room in which nothing happened is still read there, by whom nothing happened to", async () => {
    expect(await outcomesOf(() => oldest(quiet, bob))).toEqual({ served: 1, behind: 0, failed: 0 });
    await call(ada, "PATCH /api/me", { body: { name: "Ada the First" } });
    const { messages } = await oldest(quiet);
    expect(new Set(messages.map(({ user }) => user.name))).toEqual(new Set(["Ada the First"]));
  });

  test("whoever was removed finds and reads nothing", async () => {
    const params = { id: busy, userId: bob.user.id };
    await call(ada, "DELETE /api/rooms/[id]/members/[userId]", { params, body: {} });
    expect(await found("persimmon", bob)).toEqual([]);
    expect(await refusal(oldest(busy, bob))).toBe("not_found");
  });

  test("and when it has caught up, it serves again, having been complained about once", async () => {
    await onStandby("SELECT pg_wal_replay_resume()");
    await caughtUp();
    expect(await outcomesOf(() => oldest(busy))).toEqual({ served: 1, behind: 0, failed: 0 });
    expect(server.logs().match(/the read replica is behind/g)).toHaveLength(1);
  });
});

test("a replica that dies costs nobody an answer, and serves again when it is back", async () => {
  await standby.stop("immediate");
  for (let n = 0; n < 5; n += 1) {
    expect((await oldest(busy)).messages).toHaveLength(20);
    expect(await found("persimmon")).toEqual(["persimmon"]);
  }
  expect((await outcomes()).failed).toBeGreaterThan(0);
  await standby.start();
  await caughtUp();
}, 60_000);

test("the read replica of another life of the database is not believed", async () => {
  await onStandby("SELECT pg_wal_replay_pause()");
  const primary = new Client({ connectionString: server.databaseUrl });
  await primary.connect();
  await primary.query('UPDATE "Server" SET epoch = gen_random_uuid()').finally(() => primary.end());
  expect(await outcomesOf(() => oldest(quiet))).toEqual({ served: 0, behind: 1, failed: 0 });
  await onStandby("SELECT pg_wal_replay_resume()");
});
