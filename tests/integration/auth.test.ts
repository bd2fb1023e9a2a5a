import { decodeJwt } from "jose";
import pg from "pg";
import request from "supertest";
import { atEnd } from "../harness/cleanup";
import { logIn, type Person, register } from "../harness/people";
import { type Replica, startReplica } from "../harness/replica";

const password = "correct horse battery staple 7";
let server: Replica;
let database: pg.Pool;
let count = 0;

const nobody = () => {
  count += 1;
  return { username: `person-${count}`, email: `person-${count}@example.org`, password };
};
const post = (path: string) => request(server.url).post(path);
const cookiesOf = (response: request.Response) => (response.get("Set-Cookie") ?? []).map((line) => line.split(";")[0]);
const refreshWith = (refreshToken: string) => post("/api/auth/refresh").set("X-Client", "api").send({ refreshToken });
const isSignedIn = async (accessToken: string) =>
  (await request(server.url).get("/api/auth/sessions").set("Authorization", `Bearer ${accessToken}`)).status === 200;

/** A browser: keeps its cookies and names its origin. */
async function browser(): Promise<{ cookie: string; body: { user: { id: string }; accessToken: string } }> {
  const response = await post("/api/auth/register").set("Origin", server.url).send(nobody()).expect(201);
  return { cookie: cookiesOf(response).join("; "), body: response.body };
}

beforeAll(async () => {
  server = await startReplica();
  database = new pg.Pool({ connectionString: server.databaseUrl, max: 2 });
  database.on("error", () => undefined);
  atEnd(() => database.end());
}, 60_000);

test("of several first accounts at once exactly one owns the server", async () => {
  const people = await Promise.all(Array.from({ length: 6 }, () => register(server.url)));
  expect(people.filter(({ user }) => user.role === "owner")).toHaveLength(1);
  expect(people.filter(({ user }) => user.role === "member")).toHaveLength(5);
  expect((await register(server.url)).user.role).toBe("member");
});

describe("registering", () => {
  test("signs a browser in by cookies that scripts cannot read", async () => {
    const account = nobody();
    const response = await post("/api/auth/register").send(account).expect(201);
    expect(response.body.user).toMatchObject({ username: account.username, email: account.email, role: "member" });
    expect(response.body).not.toHaveProperty("refreshToken");
    expect(JSON.stringify(response.body)).not.toContain("$2");
    const lines = response.get("Set-Cookie") ?? [];
    expect(lines.map((line) => line.split("=")[0])).toEqual(["parley-access", "parley-refresh", "parley-resume"]);
    expect(lines[0]).toMatch(/HttpOnly/);
    expect(lines[0]).toMatch(/SameSite=Lax/);
    expect(lines[1]).toMatch(/HttpOnly/);
    expect(lines[1]).toMatch(/SameSite=Strict/);
    expect(lines.join()).not.toMatch(/Domain/);
    await request(server.url).get("/api/auth/sessions").set("Cookie", String(lines[0])).expect(200);
  });

  test("hands other clients the refresh token instead of cookies", async () => {
    const response = await post("/api/auth/register").set("X-Client", "api").send(nobody()).expect(201);
    expect(response.get("Set-Cookie")).toBeUndefined();
    expect(response.body.refreshToken).toMatch(/^[\w-]{43}$/);
  });

  test("names the field that is taken", async () => {
    const account = nobody();
    await post("/api/auth/register").send(account).expect(201);
    const email = await post("/api/auth/register")
      .send({ ...nobody(), email: account.email.toUpperCase() })
      .expect(409);
    expect(email.body.error).toMatchObject({ code: "conflict", details: { email: expect.any(String) } });
    const name = await post("/api/auth/register")
      .send({ ...nobody(), username: account.username })
      .expect(409);
    expect(name.body.error).toMatchObject({ code: "conflict", details: { username: expect.any(String) } });
  });

  test("ten of the same name at once make one account", async () => {
    const account = nobody();
    const answers = await Promise.all(Array.from({ length: 10 }, () => post("/api/auth/register").send(account)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(9).fill(409)]);
  });

  test("stores neither the password nor a token, only hashes", async () => {
    const person = await register(server.url);
    const { rows } = await database.query(
      `SELECT u."passwordHash", t."tokenHash" FROM "User" u JOIN "Session" s ON s."userId" = u.id
       JOIN "RefreshToken" t ON t."sessionId" = s.id WHERE u.id = $1`,
      [person.user.id],
    );
    expect(rows).toHaveLength(1);
    expect(rows[0].passwordHash).toMatch(/^\$2[aby]\$/);
    expect(rows[0].tokenHash).not.toBe(person.refreshToken);
  });
});

describe("logging in", () => {
  test("works by email and by username, in any case", async () => {
    const { user } = await register(server.url);
    expect((await logIn(server.url, user.email)).user.id).toBe(user.id);
    expect((await logIn(server.url, user.email.toUpperCase())).user.id).toBe(user.id);
    expect((await logIn(server.url, user.username)).user.id).toBe(user.id);
    expect((await logIn(server.url, ` ${user.username.toUpperCase()} `)).user.id).toBe(user.id);
  });

  test("starts a session of its own, and ends the one the browser had before", async () => {
    const { cookie, body } = await browser();
    const again = await post("/api/auth/register")
      .set({ Cookie: cookie, Origin: server.url })
      .send(nobody())
      .expect(201);
    expect(cookiesOf(again)[0]).not.toBe(cookie.split("; ")[0]);
    expect(await isSignedIn(body.accessToken)).toBe(false);
    expect(await isSignedIn(again.body.accessToken)).toBe(true);
  });

  test("is refused to the deactivated", async () => {
    const { user, accessToken, refreshToken } = await register(server.url);
    await database.query(`UPDATE "User" SET "deactivatedAt" = now() WHERE id = $1`, [user.id]);
    await post("/api/auth/login").send({ login: user.username, password }).expect(401);
    await refreshWith(refreshToken).expect(401);
    await expect(ends(accessToken)).resolves.toBe(true);
  });
});

/** Whether a token stops working within the second that the verifier may believe what it knows. */
async function ends(accessToken: string): Promise<boolean> {
  for (const until = Date.now() + 1_500; Date.now() < until; ) {
    if (!(await isSignedIn(accessToken))) return true;
  }
  return false;
}

describe("refreshing", () => {
  test("gives new tokens, of which the old refresh token is none", async () => {
    const person = await register(server.url);
    const { body } = await refreshWith(person.refreshToken).expect(200);
    expect(body.refreshToken).not.toBe(person.refreshToken);
    expect(body.accessToken).not.toBe(person.accessToken);
    expect(Date.parse(body.expiresAt)).toBeGreaterThan(Date.now() + 14 * 60_000);
    expect(await isSignedIn(body.accessToken)).toBe(true);
    expect(decodeJwt(body.accessToken).sid).toBe(decodeJwt(person.accessToken).sid);
  });

  test("works by cookie, from a page of ours only", async () => {
    const { cookie } = await browser();
    await post("/api/auth/refresh").set("Cookie", cookie).expect(403);
    await post("/api/auth/refresh").set({ Cookie: cookie, Origin: "https://evil.example" }).expect(403);
    const refreshed = await post("/api/auth/refresh").set({ Cookie: cookie, Origin: server.url }).expect(200);
    expect(cookiesOf(refreshed)).toHaveLength(3);
    expect(refreshed.body).not.toHaveProperty("refreshToken");
  });

  test("twenty at once get one and the same successor", async () => {
    const person = await register(server.url);
    const answers = await Promise.all(Array.from({ length: 20 }, () => refreshWith(person.refreshToken)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ body }) => body.refreshToken)).size).toBe(1);
    expect(await isSignedIn(person.accessToken)).toBe(true);
  });

  test("a tab that lags behind is handed the newest token", async () => {
    const person = await register(server.url);
    const second = (await refreshWith(person.refreshToken)).body.refreshToken;
    const third = (await refreshWith(second)).body.refreshToken;
    expect((await refreshWith(person.refreshToken)).body.refreshToken).toBe(third);
  });

  test("a token that comes back after ten seconds ends the whole session", async () => {
    const person = await register(server.url);
    const { body } = await refreshWith(person.refreshToken).expect(200);
    await database.query(
      `UPDATE "RefreshToken" SET "usedAt" = now() - interval '11 s' WHERE "usedAt" IS NOT NULL AND "sessionId" = $1`,
      [decodeJwt(person.accessToken).sid],
    );
    await refreshWith(person.refreshToken).expect(401);
    await refreshWith(body.refreshToken).expect(401);
    expect(await isSignedIn(body.accessToken)).toBe(false);
  });

  test("a session that nobody used for seven days has ended", async () => {
    const person = await register(server.url);
    const { rowCount } = await database.query(
      `UPDATE "RefreshToken" SET "expiresAt" = now() - interval '1 s' WHERE "sessionId" = $1`,
      [decodeJwt(person.accessToken).sid],
    );
    expect(rowCount).toBe(1);
    await refreshWith(person.refreshToken).expect(401);
  });

  test("nothing outlives the session's thirty days", async () => {
    const person = await register(server.url);
    const sid = decodeJwt(person.accessToken).sid;
    await database.query(`UPDATE "Session" SET "expiresAt" = now() + interval '1 hour' WHERE id = $1`, [sid]);
    await refreshWith(person.refreshToken).expect(200);
    const { rows } = await database.query(
      `SELECT t."expiresAt" <= s."expiresAt" AS bounded FROM "RefreshToken" t JOIN "Session" s ON s.id = t."sessionId"
       WHERE s.id = $1 AND t."usedAt" IS NULL`,
      [sid],
    );
    expect(rows).toEqual([{ bounded: true }]);
    await database.query(`UPDATE "Session" SET "expiresAt" = now() - interval '1 s' WHERE id = $1`, [sid]);
    await refreshWith(person.refreshToken).expect(401);
  });

  test("a dead cookie is taken back, so that no page tries it again", async () => {
    const { cookie } = await browser();
    await post("/api/auth/logout").set({ Cookie: cookie, Origin: server.url }).expect(204);
    const response = await post("/api/auth/refresh").set({ Cookie: cookie, Origin: server.url }).expect(401);
    expect(cookiesOf(response)).toEqual(["parley-access=", "parley-refresh=", "parley-resume="]);
  });
});

describe("logging out", () => {
  test("ends the session everywhere at once and clears the cookies", async () => {
    const { cookie, body } = await browser();
    const response = await post("/api/auth/logout").set({ Cookie: cookie, Origin: server.url }).expect(204);
    expect(cookiesOf(response)).toEqual(["parley-access=", "parley-refresh=", "parley-resume="]);
    expect(await isSignedIn(body.accessToken)).toBe(false);
  });

  test("works by bearer token, and with a refresh cookie alone", async () => {
    const person = await register(server.url);
    await person.api("post", "/api/auth/logout").expect(204);
    expect(await isSignedIn(person.accessToken)).toBe(false);
    await refreshWith(person.refreshToken).expect(401);

    const { cookie, body } = await browser();
    const refreshOnly = String(cookie.split("; ")[1]);
    await post("/api/auth/logout").set({ Cookie: refreshOnly, Origin: server.url }).expect(204);
    expect(await isSignedIn(body.accessToken)).toBe(false);
  });

  test("of nobody is unauthorized", async () => {
    await post("/api/auth/logout").expect(401);
  });
});

describe("signed-in devices", () => {
  let here: Person;
  let there: Person;
  beforeAll(async () => {
    here = await register(server.url);
    there = await logIn(server.url, here.user.username);
  });

  test("are listed, the present one marked, and nobody else's", async () => {
    const { body } = await here.api("get", "/api/auth/sessions").expect(200);
    expect(body.sessions).toHaveLength(2);
    const current = body.sessions.filter((session: { current: boolean }) => session.current);
    expect(current).toEqual([
      expect.objectContaining({ id: decodeJwt(here.accessToken).sid, address: expect.stringMatching(/127\.0\.0\.1/) }),
    ]);
  });

  test("cannot be ended by others, who do not even learn that they exist", async () => {
    const stranger = await register(server.url);
    const sid = String(decodeJwt(there.accessToken).sid);
    const theirs = await stranger.api("delete", `/api/auth/sessions/${sid}`).expect(404);
    const unknown = await stranger.api("delete", "/api/auth/sessions/cabcdefghijklmnopqrstuvw").expect(404);
    const bodies = [theirs, unknown].map(({ body }) => ({ ...body.error, requestId: "" }));
    expect(bodies[0]).toEqual(bodies[1]);
    expect(await isSignedIn(there.accessToken)).toBe(true);
  });

  test("can be ended by their owner", async () => {
    await here.api("delete", `/api/auth/sessions/${decodeJwt(there.accessToken).sid}`).expect(204);
    expect(await isSignedIn(there.accessToken)).toBe(false);
    expect(await isSignedIn(here.accessToken)).toBe(true);
    const { body } = await here.api("get", "/api/auth/sessions").expect(200);
    expect(body.sessions).toHaveLength(1);
  });
});

describe("origins", () => {
  test.each<[string, Record<string, string>, number]>([
    ["none", {}, 403],
    ["own", { Origin: "own" }, 204],
    ["evil", { Origin: "https://evil.example" }, 403],
    ["null", { Origin: "null" }, 403],
    ["own, contradicted by Sec-Fetch-Site", { Origin: "own", "Sec-Fetch-Site": "cross-site" }, 403],
    ["Sec-Fetch-Site same-origin alone", { "Sec-Fetch-Site": "same-origin" }, 204],
  ])("a change by cookie from %s", async (_, headers, status) => {
    const { cookie } = await browser();
    const named = headers.Origin === "own" ? { ...headers, Origin: server.url } : headers;
    await post("/api/auth/logout")
      .set({ ...named, Cookie: cookie })
      .expect(status);
  });

  test("a foreign page gains nothing from a bearer token either", async () => {
    const person = await register(server.url);
    await person.api("post", "/api/auth/logout").set("Origin", "https://evil.example").expect(403);
    expect(await isSignedIn(person.accessToken)).toBe(true);
  });

  test("a bearer token wins over a cookie, even when it is no good", async () => {
    const { cookie } = await browser();
    const call = () => request(server.url).get("/api/auth/sessions").set("Cookie", cookie);
    await call().expect(200);
    await call().set("Authorization", "Bearer nonsense").expect(401);
    await call().set("Authorization", "Basic dXNlcjpwYXNz").expect(401);
  });
});

test("an address of the API that does not exist says so in JSON", async () => {
  const { body, headers } = await request(server.url).get("/api/does/not/exist").expect(404);
  expect(body.error).toMatchObject({ code: "not_found", requestId: headers["x-request-id"] });
});

test("cookies are bound to the host where the public address is https", async () => {
  const secure = await startReplica({ env: { NEXTAUTH_URL: "https://chat.example.org" } });
  const response = await request(secure.url)
    .post("/api/auth/register")
    .set("Origin", "https://chat.example.org")
    .send(nobody())
    .expect(201);
  for (const line of (response.get("Set-Cookie") ?? []).slice(0, 2)) expect(line).toMatch(/^__Host-.*Path=\/.*Secure/);
  await request(secure.url)
    .post("/api/auth/login")
    .set("Origin", secure.url)
    .send({ login: "a", password })
    .expect(403);
}, 30_000);

test.each(["closed", "invite"])(
  "registration that is %s lets in the first account and nobody else",
  async (policy) => {
    const closed = await startReplica({ env: { REGISTRATION: policy } });
    expect((await register(closed.url)).user.role).toBe("owner");
    const { body } = await request(closed.url).post("/api/auth/register").send(nobody()).expect(403);
    expect(body.error.code).toBe("forbidden");
  },
  30_000,
);
