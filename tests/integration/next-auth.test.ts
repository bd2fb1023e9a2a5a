import { decodeJwt } from "jose";
import request from "supertest";
import { type Person, register } from "../harness/people";
import { type Replica, startReplica } from "../harness/replica";

const password = "correct horse battery staple 7";
let server: Replica;
let person: Person;

/** A browser that talks to NextAuth: keeps cookies, knows the CSRF token, names its origin. */
async function visitor() {
  const agent = request.agent(server.url);
  const csrf = await agent.get("/api/auth/csrf").expect(200);
  const send = (path: string, body: Record<string, string>, headers: Record<string, string> = {}) =>
    agent
      .post(path)
      .set({ Origin: server.url, ...headers })
      .send({ csrfToken: csrf.body.csrfToken, json: "true", ...body });
  return {
    agent,
    send,
    signIn: (body: Record<string, string> = {}) =>
      send("/api/auth/callback/credentials", { login: person.user.username, password, ...body }),
  };
}

const named = (response: request.Response, name: string) =>
  (response.get("Set-Cookie") ?? []).find((line) => line.startsWith(`${name}=`))?.split(/[=;]/)[1];

beforeAll(async () => {
  server = await startReplica();
  person = await register(server.url);
}, 60_000);

test("signing in gives a session that our routes accept, with a refresh token of its own", async () => {
  const { agent, signIn } = await visitor();
  const response = await signIn().expect(200);
  expect(response.body.url).toBe(`${server.url}/`);
  const claims = decodeJwt(String(named(response, "parley-access")));
  expect(claims).toMatchObject({ iss: "parley", sub: person.user.id, sid: expect.any(String) });

  const { body } = await agent.get("/api/auth/sessions").expect(200);
  expect(body.sessions.find((session: { current: boolean }) => session.current).id).toBe(claims.sid);
  const refreshed = await agent.post("/api/auth/refresh").set("Origin", server.url).send({}).expect(200);
  expect(decodeJwt(refreshed.body.accessToken).sid).toBe(claims.sid);
});

test("a session of ours is one of NextAuth's", async () => {
  const { body } = await request(server.url)
    .get("/api/auth/session")
    .set("Cookie", `parley-access=${person.accessToken}`)
    .expect(200);
  expect(body.user).toMatchObject({ id: person.user.id, email: person.user.email });
});

test("showing a session does not prolong it", async () => {
  const response = await request(server.url)
    .get("/api/auth/session")
    .set("Cookie", `parley-access=${person.accessToken}`)
    .expect(200);
  const before = decodeJwt(person.accessToken);
  const after = decodeJwt(String(named(response, "parley-access")));
  expect(after).toEqual(before);
  expect(response.body.expires).toBe(new Date(Number(before.exp) * 1_000).toISOString());
});

test("signing out ends the session", async () => {
  const { agent, signIn, send } = await visitor();
  const access = named(await signIn().expect(200), "parley-access");
  const response = await send("/api/auth/signout", {}).expect(200);
  expect([named(response, "parley-access"), named(response, "parley-refresh")]).toEqual(["", ""]);
  await request(server.url).get("/api/auth/sessions").set("Authorization", `Bearer ${access}`).expect(401);
  await agent.post("/api/auth/refresh").set("Origin", server.url).send({}).expect(401);
});

test("a wrong password signs nobody in", async () => {
  const { signIn } = await visitor();
  const response = await signIn({ password: "wrong horse battery" }).expect(401);
  expect(response.body.url).toContain("error=CredentialsSignin");
  expect(named(response, "parley-access")).toBeUndefined();
  expect(named(response, "parley-refresh")).toBeUndefined();
});

test("without the CSRF token nobody is signed in or out", async () => {
  const { agent, signIn, send } = await visitor();
  const refused = await signIn({ csrfToken: "made up" });
  expect(named(refused, "parley-access")).toBeUndefined();
  const access = named(await signIn().expect(200), "parley-access");
  await send("/api/auth/signout", { csrfToken: "made up" });
  await request(server.url).get("/api/auth/sessions").set("Authorization", `Bearer ${access}`).expect(200);
  await agent.get("/api/auth/sessions").expect(200);
});

test("a foreign page is refused, with or without the token", async () => {
  const { send } = await visitor();
  const login = { login: person.user.username, password };
  const { body } = await send("/api/auth/callback/credentials", login, { Origin: "https://evil.example" }).expect(403);
  expect(body.error.code).toBe("forbidden");
});

test.each([
  "https://evil.example/",
  "//evil.example",
  "/\\evil.example",
  "https:evil.example",
  "javascript:alert(1)",
  "http://[",
])("nobody is sent to %s", async (callbackUrl) => {
  const { agent, signIn } = await visitor();
  const { body } = await signIn({ callbackUrl }).expect(200);
  expect(new URL(body.url).origin).toBe(server.url);
  const page = await agent.get("/api/auth/signin").query({ callbackUrl });
  expect(new URL(String(page.headers.location), server.url).origin).toBe(server.url);
  expect(decodeURIComponent(String(page.headers.location))).not.toMatch(/callbackUrl=(?!http:\/\/127\.0\.0\.1)/);
});

test("a host that the client made up in X-Forwarded-Host goes nowhere", async () => {
  const { signIn } = await visitor();
  const { body } = await signIn().set("X-Forwarded-Host", "evil.example").expect(200);
  expect(body.url).toBe(`${server.url}/`);
});

test("what NextAuth offers beyond signing in is not there", async () => {
  await request(server.url).post("/api/auth/_log").send({ level: "error", code: "x" }).expect(404);
  await request(server.url).get("/api/auth/unheard-of").expect(404);
});
