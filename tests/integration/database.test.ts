import { closeDatabase, database, isUnavailable, openDatabase, query, transaction } from "@/lib/infra/database";
import { atEnd } from "../harness/cleanup";
import { testDatabase } from "../harness/postgres";

const CONNECTIONS = 3;

beforeAll(async () => {
  const opened = database.provide(openDatabase(await testDatabase(), { connections: CONNECTIONS }));
  atEnd(() => closeDatabase(opened));
});

const one = { name: "one", text: "SELECT 1 AS one" };
const failure = async (work: Promise<unknown>) => {
  const since = performance.now();
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return { unavailable: isUnavailable(error), ms: performance.now() - since };
};

test("a connection that is cut in the middle of a transaction fails it, and nothing else", async () => {
  const cut = transaction(async (client) => {
    const { rows } = await client.query("SELECT pg_backend_pid() AS pid");
    const ended = new Promise<void>((end) => client.once("end", end));
    await database.get().pool.query("SELECT pg_terminate_backend($1)", [rows[0].pid]);
    // It breaks while nobody asks it anything.
    await ended;
    await client.query("SELECT 1");
  });
  expect((await failure(cut)).unavailable).toBe(true);
  expect(await query(one, [])).toEqual([{ one: 1 }]);
});

test("with every connection taken a request is told within 3 s, and the queue has an end", async () => {
  const { pool } = database.get();
  const taken = await Promise.all(Array.from({ length: CONNECTIONS }, () => pool.connect()));
  const waiting = Array.from({ length: 2_000 }, () => failure(query(one, [])));
  const refused = await failure(query(one, []));
  const told = await Promise.all(waiting);
  for (const client of taken) client.release();
  expect(refused.unavailable).toBe(true);
  expect(refused.ms).toBeLessThan(500);
  expect(told.every(({ unavailable }) => unavailable)).toBe(true);
  expect(Math.max(...told.map(({ ms }) => ms))).toBeLessThan(3_000);
  expect(await query(one, [])).toEqual([{ one: 1 }]);
});
