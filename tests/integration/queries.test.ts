import type { Pool } from "pg";
import * as members from "@/lib/domain/members";
import * as pages from "@/lib/domain/message-pages";
import * as messages from "@/lib/domain/messages";
import { onlineAround } from "@/lib/domain/presence";
import { react } from "@/lib/domain/reactions";
import { markRead, readsOf } from "@/lib/domain/reads";
import * as rooms from "@/lib/domain/rooms";
import { search } from "@/lib/domain/search";
import { standing, sync } from "@/lib/domain/sync";
import * as users from "@/lib/domain/users";
import { closeDatabase, database, openDatabase } from "@/lib/infra/database";
import { leases } from "@/lib/infra/leases";
import { publisher } from "@/lib/infra/publish";
import { testDatabase } from "../harness/postgres";

const MESSAGES = 100_000;
const ROOMS = 200;
const PER_ROOM = MESSAGES / ROOMS;
const PEOPLE = 20_000;
/** Reading one of these from end to end is what no request may do. */
const big = ["Message", "Mention", "RoomMember", "Reaction", "ReadReceipt", "User"];

/** Room r has the people 1 and 100 r to 100 r + 99; each of its messages is by one of them. */
const fill = `
  INSERT INTO "Server" (instance, epoch) VALUES (gen_random_uuid(), gen_random_uuid());
  INSERT INTO "User" (id, email, username, name)
    SELECT 'u' || n, 'u' || n || '@example.org', 'user' || n, md5(n::text) || ' ' || md5((n + 1)::text) FROM generate_series(1, ${PEOPLE}) n;
  INSERT INTO "Room" (id, kind, name, "nameKey", "isPrivate", "memberCount", "lastSeq", rev)
    SELECT 'r' || n, 'room', 'Room ' || n, 'room ' || n, false, 101, ${PER_ROOM}, ${PER_ROOM} FROM generate_series(1, ${ROOMS}) n;
  INSERT INTO "RoomMember" ("roomId", "userId", role)
    SELECT 'r' || r, 'u' || (r * 100 + n) % ${PEOPLE} + 1, 'member'::"RoomRole" FROM generate_series(1, ${ROOMS}) r, generate_series(1, 100) n
    UNION SELECT 'r' || r, 'u1', 'admin' FROM generate_series(1, ${ROOMS}) r ON CONFLICT DO NOTHING;
  INSERT INTO "Message" (id, "roomId", "userId", seq, rev, "clientId", digest, content, mentions)
    SELECT 'm' || r || '-' || n, 'r' || r, 'u' || (r * 100 + n % 100) % ${PEOPLE} + 1, n, n, 'client-' || r || '-' || n, 'x', 'Message ' || n, '{}'
    FROM generate_series(1, ${ROOMS}) r, generate_series(1, ${PER_ROOM}) n;
  INSERT INTO "Mention" ("userId", "roomId", seq, "messageId")
    SELECT 'u' || (r * 100 + n % 100) % ${PEOPLE} + 1, 'r' || r, n, 'm' || r || '-' || n
    FROM generate_series(1, ${ROOMS}) r, generate_series(1, ${PER_ROOM}, 5) n;
  INSERT INTO "Reaction" ("messageId", "userId", emoji)
    SELECT 'm' || r || '-' || n, 'u1', '👍' FROM generate_series(1, ${ROOMS}) r, generate_series(1, ${PER_ROOM}, 3) n;
  INSERT INTO "ReadReceipt" ("roomId", "userId", "messageId", seq)
    SELECT m."roomId", m."userId", 'm' || substr(m."roomId", 2) || '-100', 100 FROM "RoomMember" m;
  ANALYZE;`;

interface Plan {
  "Node Type": string;
  "Relation Name"?: string;
  "Index Name"?: string;
  "Plan Rows"?: number;
  "Rows Removed by Filter"?: number;
  "Actual Loops"?: number;
  Plans?: Plan[];
}

interface Explained {
  "Query Text": string;
  Plan: Plan;
}

const explained: Explained[] = [];

function wholeTables(plan: Plan): string[] {
  const here =
    plan["Node Type"] === "Seq Scan" && big.includes(plan["Relation Name"] ?? "") ? [plan["Relation Name"] ?? ""] : [];
  return [...here, ...(plan.Plans ?? []).flatMap(wholeTables)];
}

/** How many entries PostgreSQL expects to find in an index. */
function expectedIn(index: string, { Plans = [], ...plan }: Plan): number[] {
  const here = plan["Index Name"] === index ? [plan["Plan Rows"] ?? 0] : [];
  return [...here, ...Plans.flatMap((inner) => expectedIn(index, inner))];
}

/** PostgreSQL tells the plan of everything it runs for us, the statements inside of transactions and of Prisma included. */
function listen(pool: Pool): void {
  pool.on("connect", (client) => {
    client.on("notice", ({ message = "" }) => {
      const json = /plan:\s*(\{[\s\S]*\})/.exec(message)?.[1];
      if (json) explained.push(JSON.parse(json));
    });
  });
}

let url: string;

async function set(pool: Pool, key: string, value: string): Promise<void> {
  await pool.query(`ALTER DATABASE ${new URL(url).pathname.slice(1)} SET ${key} = '${value}'`);
}

beforeAll(async () => {
  url = await testDatabase();
  const opened = openDatabase(url, { connections: 1, answerMs: 120_000 });
  await opened.pool.query(`SET statement_timeout = 0; ${fill}`);
  await opened.pool.query("LOAD 'auto_explain'");
  await set(opened.pool, "session_preload_libraries", "auto_explain");
  const wanted = { log_min_duration: "0", log_format: "json", log_level: "notice", log_nested_statements: "on" };
  for (const [key, value] of Object.entries(wanted)) await set(opened.pool, `auto_explain.${key}`, value);
  await closeDatabase(opened);
  publisher.provide({ changes() {}, emit() {}, join() {}, leave() {}, disconnect() {} });
}, 120_000);

/** A member of room 7 and of few others. */
const someone = "u750";
let count = 0;

const requests: [string, () => Promise<unknown>][] = [
  ["the newest page", () => pages.page(someone, { roomId: "r7", limit: 50 })],
  ["the page around a message", () => pages.page(someone, { roomId: "r7", limit: 100, around: "m7-250" })],
  ["changes", () => pages.changes(someone, { roomId: "r7", since: 400, limit: 100 })],
  ["the rooms of somebody in few, with unread and mention counts", () => rooms.list(someone)],
  ["the rooms of somebody in all", () => rooms.list("u1")],
  ["public rooms", () => rooms.browse(someone, { limit: 50 })],
  ["public rooms by a part of their name", () => rooms.browse(someone, { q: "m 19", limit: 50 })],
  ["a room's members", () => members.list(someone, "r7", { limit: 50 })],
  ["a room", () => rooms.get(someone, "r7")],
  ["everybody", () => users.find({ limit: 50 })],
  ["people by the beginning of a name", () => users.find({ q: "c4ca", limit: 50 })],
  ["people by one letter", () => users.find({ q: "u", limit: 50 })],
  ["people whom nobody knows", () => users.find({ q: "zebra", limit: 50 })],
  ["one person", () => users.get("u17")],
  ["who has read a message", () => readsOf(someone, "m7-50", { limit: 50 })],
  ["the heads of somebody in all rooms", () => standing("u1")],
  [
    "sync of all rooms",
    () => sync("u1", { rooms: Array.from({ length: ROOMS }, (_, n) => ({ roomId: `r${n + 1}`, rev: PER_ROOM - 5 })) }),
  ],
  ["sync of a room far behind", () => sync(someone, { rooms: [{ roomId: "r7", rev: 10_000 }] })],
  [
    "a greeting: who of the people around is online",
    async () => {
      for (let n = 1; n <= 50; n += 1) await leases("presence").hold(`u${n * 15}`, "holder", 60_000);
      return onlineAround(someone);
    },
  ],
  [
    "a greeting where more people are online than share a room",
    async () => {
      const few = await onlineAround(someone);
      for (let n = 1; n <= 1_000; n += 1) await leases("presence").hold(`elsewhere-${n}`, "holder", 60_000);
      expect(few.length).toBeGreaterThan(0);
      expect((await onlineAround(someone)).sort()).toEqual(few.sort());
    },
  ],
  ["reading", () => markRead(someone, `m7-${100 + ++count}`)],
  [
    "sending",
    () => {
      count += 1;
      return messages.send(someone, {
        roomId: "r7",
        clientId: `planned-${count}`,
        content: "hello @user760",
        replyToId: "m7-9",
      });
    },
  ],
  [
    "sending without reply and mention",
    () => messages.send(someone, { roomId: "r7", clientId: `planned-${++count}`, content: "hello" }),
  ],
  ["editing", () => messages.edit("u706", { messageId: "m7-5", content: `edit ${++count} @user760` })],
  ["reacting", () => react(someone, { messageId: "m7-9", emoji: "🎉" })],
  ["earlier versions", () => messages.history(someone, "m7-5")],
  ["deleting", () => messages.remove("u1", `m7-${300 + ++count}`)],
];

/** Not named: planned for the words of each, whatever the mode. */
const searches: [string, () => Promise<unknown>][] = [
  ["a word that few messages have", () => search(someone, { q: "tangerine", limit: 50 })],
  ["a word that every message has", () => search("u1", { q: "message", limit: 50 })],
  ["a word in one room", () => search("u1", { q: "message", roomId: "r7", limit: 50 })],
  ["exact words and the beginning of another", () => search("u1", { q: '"message 100" mess', limit: 50 })],
  ["what somebody said", () => search("u1", { from: "user701", limit: 50 })],
  ["links", () => search(someone, { has: "link", limit: 50 })],
];

/** A named statement is planned for its values at first and once for all values later on: both must do. */
describe.each(["force_custom_plan", "force_generic_plan"])("under %s", (mode) => {
  beforeAll(async () => {
    const before = openDatabase(url);
    await set(before.pool, "plan_cache_mode", mode);
    await closeDatabase(before);
    const { pool, sends, searches } = database.provide(openDatabase(url));
    for (const one of [pool, sends, searches]) listen(one);
  });
  afterAll(() => closeDatabase(database.get()));

  test.each(mode === "force_custom_plan" ? [...requests, ...searches] : requests)(
    "%s reads no big table from end to end",
    async (_, request) => {
      explained.length = 0;
      await request();
      expect(explained.length).toBeGreaterThan(0);
      const bad = explained.flatMap((one) => wholeTables(one.Plan).map((table) => `${table}: ${one["Query Text"]}`));
      expect(bad).toEqual([]);
    },
  );

  // Else it is looked for by way of all that was said in one's rooms.
  if (mode === "force_custom_plan")
    test("a word in 200 of 100,000 messages is known to be rare", async () => {
      explained.length = 0;
      await expect(search("u1", { q: "317", limit: 50 })).resolves.toMatchObject({ messages: { length: 50 } });
      const [expected, ...others] = explained.flatMap(({ Plan }) => expectedIn("Message_search_idx", Plan));
      expect(expected).toBeLessThan(1_000);
      expect(others).toEqual([]);
    });

  test("a sync without news is one query", async () => {
    const { epoch, heads } = await standing("u1");
    const known = heads.map(({ roomId, rev }) => ({ roomId, rev }));
    explained.length = 0;
    await expect(sync("u1", { epoch, rooms: known })).resolves.toEqual({ epoch, rooms: [], joined: [], left: [] });
    expect(explained).toHaveLength(1);
  });
});

/** Rows that a plan read and threw away, which is what a scan of the wrong index or of a whole table does. */
function rowsInVain({ Plans = [], ...plan }: Plan): number {
  const here = (plan["Rows Removed by Filter"] ?? 0) * (plan["Actual Loops"] ?? 1);
  return here + Plans.reduce((sum, inner) => sum + rowsInVain(inner), 0);
}

test("a send that was planned while the tables were empty still looks up only what it needs when they are full", async () => {
  url = await testDatabase();
  const opened = openDatabase(url);
  await set(opened.pool, "session_preload_libraries", "auto_explain");
  const wanted = { log_min_duration: "0", log_format: "json", log_level: "notice", log_analyze: "on" };
  for (const [key, value] of Object.entries(wanted)) await set(opened.pool, `auto_explain.${key}`, value);
  await closeDatabase(opened);
  const { pool, sends } = database.provide(openDatabase(url, { answerMs: 60_000 }));
  listen(sends);
  await pool.query(`
    INSERT INTO "User" (id, email, username, name) VALUES ('u1', 'u1@example.org', 'user1', 'One');
    INSERT INTO "Room" (id, kind, name) VALUES ('r1', 'room', 'First');
    INSERT INTO "RoomMember" ("roomId", "userId") VALUES ('r1', 'u1');
    ANALYZE`);
  const say = (n: number, content: string, more = {}) =>
    messages.send("u1", { roomId: "r1", clientId: `planned-${n}`, content, ...more });
  const first = await say(0, "hello @user1");
  await say(1, "hello");
  await pool.query(`
    INSERT INTO "Message" (id, "roomId", "userId", seq, rev, "clientId", digest, content)
      SELECT 'm' || n, 'r1', 'u1', n, n, 'filled-' || n, 'x', '' FROM generate_series(3, 20000) n;
    UPDATE "Room" SET "lastSeq" = 20000, rev = 20000`);
  explained.length = 0;
  await say(2, "hello @user1", { replyToId: first.message.id });
  await say(3, "hello");
  expect(explained).toHaveLength(2);
  for (const { Plan } of explained) expect(rowsInVain(Plan)).toBeLessThan(10);
  await closeDatabase(database.get());
});
