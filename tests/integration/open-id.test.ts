import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import request from "supertest";
import { atEnd } from "../harness/cleanup";
import { register } from "../harness/people";
import { type Replica, startReplica } from "../harness/replica";

/** What the provider says of whoever signs in next. */
let person: Record<string, unknown> = {};
let server: Replica;

async function bodyOf(message: IncomingMessage): Promise<URLSearchParams> {
  let text = "";
  for await (const chunk of message) text += chunk;
  return new URLSearchParams(text);
}

/** An OpenID Connect provider that asks nobody anything: every visit is a sign-in of `person`. */
async function startProvider(): Promise<string> {
  const { publicKey, privateKey } = await generateKeyPair("RS256");
  const key = { ...(await exportJWK(publicKey)), kid: "1", alg: "RS256", use: "sig" };
  const nonces = new Map<string, string>();
  const provider = createServer(async (message, response) => {
    const url = new URL(String(message.url), issuer);
    const json = (value: unknown) => response.setHeader("Content-Type", "application/json").end(JSON.stringify(value));
    if (url.pathname === "/.well-known/openid-configuration") {
      json({
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/keys`,
        response_types_supported: ["code"],
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: ["RS256"],
      });
    } else if (url.pathname === "/keys") {
      json({ keys: [key] });
    } else if (url.pathname === "/authorize") {
      const code = String(nonces.size + 1);
      nonces.set(code, String(url.searchParams.get("nonce")));
      const back = new URL(String(url.searchParams.get("redirect_uri")));
      back.searchParams.set("code", code);
      back.searchParams.set("state", String(url.searchParams.get("state")));
      response.writeHead(302, { Location: back.href }).end();
    } else {
      const nonce = nonces.get(String((await bodyOf(message)).get("code")));
      const token = await new SignJWT({ ...person, nonce })
        .setProtectedHeader({ alg: "RS256", kid: "1" })
        .setIssuer(issuer)
        .setAudience("parley-client")
        .setIssuedAt()
        .setExpirationTime("5m")
        .sign(privateKey);
      json({ access_token: "unused", token_type: "Bearer", expires_in: 300, id_token: token });
    }
  });
  await new Promise<void>((resolve) => provider.listen(0, "127.0.0.1", resolve));
  const issuer = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
  atEnd(() => provider.close());
  return issuer;
}

/** Goes the way of a browser: to the provider, and back with its code. */
async function signIn() {
  const agent = request.agent(server.url);
  const { csrfToken } = (await agent.get("/api/auth/csrf")).body;
  const out = await agent
    .post("/api/auth/signin/oidc")
    .set("Origin", server.url)
    .send({ csrfToken, json: "true" })
    .expect(200);
  const { headers } = await request(out.body.url).get("").expect(302);
  const back = new URL(String(headers.location));
  const end = await agent.get(`${back.pathname}${back.search}`).expect(302);
  return { agent, to: String(end.headers.location) };
}

beforeAll(async () => {
  const OIDC_ISSUER = await startProvider();
  server = await startReplica({ env: { OIDC_ISSUER, OIDC_CLIENT_ID: "parley-client", OIDC_CLIENT_SECRET: "secret" } });
  await register(server.url);
}, 60_000);

test("the first visit makes an account, the next one finds it", async () => {
  person = { sub: "1", email: "Grace@Example.org", email_verified: true, name: "Grace", preferred_username: "grace" };
  const first = await signIn();
  const me = await first.agent.get("/api/auth/session").expect(200);
  expect(me.body.user).toMatchObject({ email: "grace@example.org", name: "Grace" });
  await first.agent.get("/api/auth/sessions").expect(200);
  await first.agent.post("/api/auth/refresh").set("Origin", server.url).send({}).expect(200);

  const again = await signIn();
  expect((await again.agent.get("/api/auth/session")).body.user.id).toBe(me.body.user.id);
});

test("a username that is taken, reserved or none is made to fit", async () => {
  for (const preferred_username of ["grace", "admin", "Ä ö ü", "x"]) {
    person = { sub: preferred_username, email: `${Buffer.from(preferred_username).toString("hex")}@example.org` };
    person = { ...person, email_verified: true, preferred_username };
    const { agent } = await signIn();
    await agent.get("/api/auth/sessions").expect(200);
  }
});

test.each<[string, () => Promise<Record<string, unknown>>]>([
  ["an address that the provider has not verified", async () => ({ email: "eve@example.org", email_verified: false })],
  ["no address", async () => ({ email_verified: true })],
  [
    "the address of an account with a password",
    async () => ({ email: (await register(server.url)).user.email, email_verified: true }),
  ],
])("%s signs nobody in", async (_, claims) => {
  person = { sub: "2", ...(await claims()) };
  const { agent, to } = await signIn();
  expect(to).toContain("error=AccessDenied");
  await agent.get("/api/auth/sessions").expect(401);
});

test("a code without the browser that asked for it signs nobody in", async () => {
  person = { sub: "3", email: "mallory@example.org", email_verified: true };
  const response = await request(server.url).get("/api/auth/callback/oidc?code=1&state=made-up").expect(302);
  expect(response.headers.location).toContain("error=");
  expect((response.get("Set-Cookie") ?? []).join()).not.toMatch(/parley-access=[^;]/);
});
