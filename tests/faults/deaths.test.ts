import { isDeepStrictEqual } from "node:util";
import { Pool } from "pg";
import { atEnd } from "../harness/cleanup";
import type { Connection } from "../harness/connection";
import { type Person, register } from "../harness/people";
import { testDatabase } from "../harness/postgres";
import { startRedis } from "../harness/redis";
import { type Replica, startReplica } from "../harness/replica";
import { reportCase } from "./stage/report";

/** The matrix asks for 50 deaths at each place; each is a start of the server, of which `npm test` has no time for so many. */
const DEATHS = process.env.FAULTS === "quick" ? 15 : 50;
/** In ms: a message that was stored is shown by the other replica this soon after the death. */
const SHOWN_MS = 5_000;
/** Two at a time, because a start is nearly all computing and the machine has two cores. */
const VICTIMS = 2;

let steady: Replica;
let victims: Replica[];
let author: Person;
let retrying: Connection;
let reader: Connection;
let outsider: Connection;
let roomId: string;
let database: Pool;

beforeAll(async () => {
  const shared = { databaseUrl: await testDatabase(), redisUrl: (await startRedis()).url };
  steady = await startReplica(shared);
  victims = await Promise.all(Array.from({ length: VICTIMS }, () => startReplica(shared)));
  const [ada, ben, eve] = await Promise.all([register(steady.url), register(steady.url), register(steady.url)]);
  author = ada;
  const { body } = await ada.api("post", "/api/rooms", { name: "deaths", memberIds: [ben.user.id] }).expect(201);
  roomId = body.room.id;
  [retrying, reader, outsider] = await Promise.all([ada.connect(), ben.connect(), eve.connect()]);
  database = new Pool({ connectionString: shared.databaseUrl, max: 2 });
  atEnd(() => database.end());
}, 60_000);

async function storedIds(clientId: string): Promise<string[]> {
  const { rows } = await database.query(`SELECT id FROM "Message" WHERE "clientId" = $1`, [clientId]);
  return rows.map((row) => row.id);
}

const shownOf = (clientId: string) =>
  reader.next("message:new", ({ message }) => message.clientId === clientId, { timeout: SHOWN_MS });

/** What became of a message whose replica died, and of its retry at another one. */
async function outcome(clientId: string, stored: boolean) {
  const before = await storedIds(clientId);
  // A stored one is shown before anybody retries: by the comparison of heads, or because it was announced in time.
  const shown = stored ? (await shownOf(clientId)).message.id : undefined;
  const { message } = await retrying.emit("message:send", { roomId, clientId, content: clientId });
  await shownOf(clientId);
  return {
    stored: before.length,
    sameId: stored ? message.id === before[0] && message.id === shown : before.length === 0,
    rows: (await storedIds(clientId)).length,
  };
}

async function die(victim: Replica, place: string, clientId: string): Promise<void> {
  await victim.start({ PARLEY_FAILPOINT: `${place}:1` });
  const socket = await author.connect({ url: victim.url });
  let acknowledged = false;
  socket.socket.emit("message:send", { roomId, clientId, content: clientId }, () => {
    acknowledged = true;
  });
  expect(await victim.ended()).toBe("SIGKILL");
  expect(acknowledged).toBe(false);
  socket.close();
}

test.each([
  ["F02", "after-commit", true],
  ["F03", "before-commit", false],
  ["F04", "after-publish", true],
])(
  "%s: of many replicas that die %s, each loses nothing and doubles nothing",
  async (id, place, stored) => {
    const since = Date.now();
    const outcomes: Promise<Awaited<ReturnType<typeof outcome>>>[] = [];
    let left = DEATHS;
    await Promise.all(
      victims.map(async (victim) => {
        await victim.kill("SIGKILL");
        while (left > 0) {
          const clientId = `${id}-death-${left--}`;
          await die(victim, place, clientId);
          // Looked at while the next one lives and dies.
          outcomes.push(outcome(clientId, stored));
        }
      }),
    );
    const expected = { stored: stored ? 1 : 0, sameId: true, rows: 1 };
    const found = await Promise.all(outcomes);
    const right = found.filter((one) => isDeepStrictEqual(one, expected)).length;
    reportCase({
      ids: [id],
      what: `${DEATHS} replicas die ${place}, one at a time`,
      figures: [{ name: "stored once, shown once, same id at the retry", value: right, unit: "", atLeast: DEATHS }],
      passed: right === DEATHS,
      seconds: Math.round((Date.now() - since) / 1_000),
    });
    expect(found).toEqual(Array.from({ length: DEATHS }, () => expected));
  },
  240_000,
);

test("afterwards places and changes have no gap, the reader saw each message under one id, and the outsider none", async () => {
  const { rows } = await database.query(
    `SELECT count(*)::int AS count, max(m.seq)::int AS seq, max(r."lastSeq")::int AS "lastSeq", max(r.rev)::int AS rev
     FROM "Message" m JOIN "Room" r ON r.id = m."roomId" WHERE r.id = $1`,
    [roomId],
  );
  const all = 3 * DEATHS;
  expect(rows).toEqual([{ count: all, seq: all, lastSeq: all, rev: all }]);
  const ids = new Map<string, Set<string>>();
  for (const { message } of reader.of("message:new")) {
    ids.set(message.clientId, (ids.get(message.clientId) ?? new Set()).add(message.id));
  }
  expect([...ids.values()].map((set) => set.size)).toEqual(Array.from({ length: all }, () => 1));
  const { room } = await outsider.emit("room:join", { roomId });
  expect(room.lastSeq).toBe(all);
  expect(outsider.of("message:new")).toEqual([]);
});
