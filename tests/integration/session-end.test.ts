import { decodeJwt } from "jose";
import pg from "pg";
import { sweepSessions } from "@/lib/domain/session-sweeper";
import { closeDatabase, database, openDatabase } from "@/lib/infra/database";
import { atEnd } from "../harness/cleanup";
import { logIn, register } from "../harness/people";
import { type Replica, startReplica } from "../harness/replica";
import { waitFor } from "../harness/wait-for";

let server: Replica;

beforeAll(async () => {
  server = await startReplica();
}, 60_000);

test("ending a session closes its sockets within a second, and no other's", async () => {
  const here = await register(server.url);
  const there = await logIn(server.url, here.user.username);
  const [kept, ended] = await Promise.all([here.connect(), there.connect()]);
  await here.api("delete", `/api/auth/sessions/${decodeJwt(there.accessToken).sid}`).expect(204);
  await waitFor(() => !ended.socket.connected, { timeout: 1_000, what: "the socket to be closed" });
  expect(ended.of("error").map(({ error }) => error.code)).toContain("unauthorized");
  await expect(there.connect()).rejects.toThrow();
  await kept.emit("presence:set", { state: "online" });
});

test("a new password ends every other session and its sockets", async () => {
  const here = await register(server.url);
  const there = await logIn(server.url, here.user.username);
  const socket = await there.connect();
  const change = { password: "another horse entirely 8", currentPassword: here.password };
  const wrong = await here.api("patch", "/api/me", { ...change, currentPassword: "wrong horse" }).expect(400);
  expect(Object.keys(wrong.body.error.details)).toEqual(["currentPassword"]);
  await here.api("patch", "/api/me", change).expect(200);
  await waitFor(() => !socket.socket.connected, { timeout: 1_000, what: "the socket to be closed" });
  await there.api("get", "/api/auth/sessions").expect(401);
  await here.api("get", "/api/auth/sessions").expect(200);
  await logIn(server.url, here.user.username, change.password);
  await expect(logIn(server.url, here.user.username)).rejects.toThrow("401");
});

test("the sweep takes what has ended and leaves what lives", async () => {
  const pool = new pg.Pool({ connectionString: server.databaseUrl, max: 1 });
  atEnd(() => pool.end());
  const ended = await register(server.url);
  const living = await register(server.url);
  const sid = (person: typeof ended) => String(decodeJwt(person.accessToken).sid);
  await pool.query(`UPDATE "Session" SET "revokedAt" = now() - interval '2 days' WHERE id = $1`, [sid(ended)]);
  await pool.query(
    `INSERT INTO "RefreshToken" ("tokenHash", "sessionId", "expiresAt") VALUES ('old', $1, now() - interval '1 s')`,
    [sid(living)],
  );

  database.provide(openDatabase(server.databaseUrl, { connections: 1 }));
  atEnd(() => closeDatabase(database.get()));
  expect(await sweepSessions()).toBe(2);

  const { rows } = await pool.query(`SELECT id FROM "Session" WHERE id = ANY($1)`, [[sid(ended), sid(living)]]);
  expect(rows).toEqual([{ id: sid(living) }]);
  await living.api("get", "/api/auth/sessions").expect(200);
});
