import request from "supertest";
import { register } from "../harness/people";
import { type Replica, startReplica } from "../harness/replica";

const password = "correct horse battery staple 7";
let server: Replica;
let count = 0;

const nobody = () => {
  count += 1;
  return { username: `person-${count}`, email: `person-${count}@example.org`, password };
};
const post = (path: string, replica = server) => request(replica.url).post(path);
/** An error without what differs between any two requests. */
const stripped = ({ body, status }: request.Response) => ({ status, error: { ...body.error, requestId: "" } });

beforeAll(async () => {
  server = await startReplica();
  await register(server.url);
}, 60_000);

describe("registering", () => {
  test.each<[string, Record<string, unknown>, string]>([
    ["a common password", { password: "password123" }, "password"],
    ["a common password in capitals", { password: "PASSWORD" }, "password"],
    ["a short password", { password: "x7-k9!q" }, "password"],
    ["a password of 129 characters", { password: "xy".repeat(64).concat("z") }, "password"],
    ["a password with NUL", { password: "correct horse\0battery" }, "password"],
    ["a password with half a character", { password: "correct horse \ud800 battery" }, "password"],
    ["a reserved username", { username: "admin" }, "username"],
    ["a reserved username in full-width letters", { username: "ａｄｍｉｎ" }, "username"],
    ["a reserved username with dots", { username: "ad.min" }, "username"],
    ["a Cyrillic look-alike", { username: "аda" }, "username"],
    ["an empty username", { username: "" }, "username"],
    ["a username of 33 characters", { username: "a".repeat(33) }, "username"],
    ["an address that is none", { email: "ada@" }, "email"],
    ["an operator for an address", { email: { contains: "" } }, "email"],
    ["a list for a password", { password: ["correct horse battery staple 7"] }, "password"],
    ["a role", { role: "owner" }, "role"],
    ["an id", { id: "c1" }, "id"],
    ["a text direction in the name", { name: "\u202Enimda" }, "name"],
    ["an empty name", { name: "\u200B \u2060" }, "name"],
  ])("refuses %s and names the field", async (_, change, field) => {
    const { body } = await post("/api/auth/register")
      .send({ ...nobody(), ...change })
      .expect(400);
    expect(body.error.code).toBe("invalid");
    expect(Object.keys(body.error.details)).toEqual([field]);
  });

  test("takes any other text as a password, to the last character", async () => {
    const account = { ...nobody(), password: `${"😀".repeat(60)}пароль a` };
    await post("/api/auth/register").send(account).expect(201);
    await post("/api/auth/login").send({ login: account.username, password: account.password }).expect(200);
    const prefix = { login: account.username, password: `${account.password.slice(0, -1)}b` };
    await post("/api/auth/login").send(prefix).expect(401);
  });
});

describe("logging in", () => {
  test("reads the same for a wrong password, an unknown name and a name that cannot be", async () => {
    const { user } = await register(server.url);
    const answers = await Promise.all(
      [user.username, "nobody-of-that-name", "nobody@example.org", "no\0body", "ａ", "' OR 1=1 --", "\ud800"].map(
        (login) => post("/api/auth/login").send({ login, password: "wrong horse battery" }),
      ),
    );
    expect(new Set(answers.map((answer) => JSON.stringify(stripped(answer)))).size).toBe(1);
    expect(answers[0]?.status).toBe(401);
  });

  test.each<[string, unknown]>([
    ["an operator", { login: { contains: "" }, password }],
    ["an operator for the password", { login: "person-1", password: { not: "" } }],
    ["an extra field", { login: "person-1", password, remember: true }],
    ["a list", [{ login: "person-1", password }]],
    ["nothing", {}],
  ])("refuses %s", async (_, body) => {
    await post("/api/auth/login")
      .send(body as object)
      .expect(400);
  });

  test.each(["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"])(
    "refuses %s, which a foreign form can send",
    async (type) => {
      const account = nobody();
      await post("/api/auth/register").send(account).expect(201);
      const text = JSON.stringify({ login: account.username, password });
      const response = await post("/api/auth/login").set("Content-Type", type).send(text);
      expect(response.status).toBe(415);
      expect(response.get("Set-Cookie")).toBeUndefined();
    },
  );
});

test.each(["register", "login", "refresh", "logout"])("GET changes nothing at %s", async (path) => {
  const { accessToken } = await register(server.url);
  const response = await request(server.url).get(`/api/auth/${path}`).set("Authorization", `Bearer ${accessToken}`);
  expect(response.status).toBe(405);
  await request(server.url).get("/api/auth/sessions").set("Authorization", `Bearer ${accessToken}`).expect(200);
});

test("a token in the query string is not one", async () => {
  const { accessToken } = await register(server.url);
  await request(server.url)
    .get("/api/auth/sessions")
    .query({ token: accessToken, access_token: accessToken })
    .expect(401);
});

test.each(["Bearer %E0%A4%A", "Bearer", "Bearer ", "Bearer a b", "bearer \u00ff", `Bearer ${"x".repeat(10_000)}`])(
  "Authorization %p is unauthorized",
  async (authorization) => {
    const { body } = await request(server.url)
      .get("/api/auth/sessions")
      .set("Authorization", authorization)
      .expect(401);
    expect(body.error.code).toBe("unauthorized");
  },
);

describe("limits", () => {
  let limited: Replica;
  beforeEach(async () => {
    limited = await startReplica({ env: { RATE_LIMIT_FACTOR: "1" } });
  }, 30_000);
  const logIn = (login: string, given: string, address = "203.0.113.1") =>
    post("/api/auth/login", limited).set("X-Forwarded-For", address).send({ login, password: given });

  test("the sixth wrong password is too many, whatever address the client claims and however it names the account", async () => {
    const { user } = await register(limited.url);
    for (let wrong = 1; wrong <= 5; wrong += 1) {
      const login = wrong % 2 ? user.username : user.email;
      expect((await logIn(login, "wrong horse battery", `203.0.113.${wrong}`)).status).toBe(401);
    }
    const response = await logIn(user.username, password, "203.0.113.99");
    expect(response.status).toBe(429);
    expect(response.body.error).toMatchObject({ code: "rate_limited", details: { retryAfterMs: expect.any(Number) } });
    expect(Number(response.get("Retry-After"))).toBeGreaterThan(0);
  });

  test("right passwords do not count against the account", async () => {
    const { user } = await register(limited.url);
    for (let right = 0; right < 8; right += 1) expect((await logIn(user.username, password)).status).toBe(200);
  });

  test("one address cannot try one password on every account", async () => {
    for (let account = 0; account < 20; account += 1) {
      expect((await logIn(`person-${account}`, "spring-is-here-26")).status).toBe(401);
    }
    expect((await logIn("person-20", "spring-is-here-26")).status).toBe(429);
  });

  test("the same limits hold on NextAuth's way in", async () => {
    const { user } = await register(limited.url);
    const agent = request.agent(limited.url);
    const { csrfToken } = (await agent.get("/api/auth/csrf")).body;
    const attempt = () =>
      agent
        .post("/api/auth/callback/credentials")
        .set("Origin", limited.url)
        .send({ csrfToken, json: "true", login: user.username, password: "wrong horse battery" });
    for (let wrong = 0; wrong < 5; wrong += 1) expect((await attempt()).status).toBe(401);
    expect((await attempt()).status).toBe(429);
  });

  test("five accounts an hour from one address; mistakes in the form are free", async () => {
    const attempt = (change: object = {}) => post("/api/auth/register", limited).send({ ...nobody(), ...change });
    for (let mistake = 0; mistake < 6; mistake += 1) expect((await attempt({ password: "short" })).status).toBe(400);
    for (let made = 0; made < 5; made += 1) expect((await attempt()).status).toBe(201);
    const response = await attempt();
    expect(response.status).toBe(429);
    expect(Number(response.get("Retry-After"))).toBeGreaterThan(600);
  });
});
