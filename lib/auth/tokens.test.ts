import { jest } from "@jest/globals";
import { SignJWT, UnsecuredJWT } from "jose";
import { runtime } from "@/lib/infra/config";
import { provideRuntime } from "@/tests/runtime";
import { ACCESS_TTL_SECONDS, readAccessToken, signAccessToken } from "./tokens";

const subject = { userId: "user1", sessionId: "session1" };
const secret = () => new TextEncoder().encode(runtime.get().jwtSecret);
const now = () => Math.floor(Date.now() / 1_000);

/** A token that is right in everything but what a case changes. */
function forge(
  change: {
    header?: Record<string, unknown>;
    claims?: Record<string, unknown>;
    without?: string;
    key?: Uint8Array;
  } = {},
): Promise<string> {
  const claims: Record<string, unknown> = {
    iss: "parley",
    aud: "parley",
    sub: "user1",
    sid: "session1",
    jti: "token1",
    iat: now(),
    exp: now() + 60,
    ...change.claims,
  };
  if (change.without) delete claims[change.without];
  return new SignJWT(claims)
    .setProtectedHeader({ alg: "HS256", typ: "at+jwt", ...change.header })
    .sign(change.key ?? secret(), { crit: { "x-parley": true } });
}

beforeEach(() => {
  provideRuntime();
});

test("a signed token is read back with its claims", async () => {
  const { token, expiresAt } = await signAccessToken(subject);
  const claims = await readAccessToken(token);
  expect(claims).toMatchObject({ ...subject, expiresAt });
  expect(claims.expiresAt.getTime() - claims.issuedAt.getTime()).toBe(ACCESS_TTL_SECONDS * 1_000);
});

test("signing a token anew does not let it live longer", async () => {
  const first = await readAccessToken((await signAccessToken(subject)).token);
  const kept = { ...first, issuedAt: new Date(first.issuedAt.getTime() - 60_000) };
  const again = await readAccessToken((await signAccessToken(subject, kept)).token);
  expect(again).toEqual(kept);
});

test("the forgery is accepted while nothing about it is changed", async () => {
  await expect(readAccessToken(await forge())).resolves.toMatchObject(subject);
});

test("five seconds of clock difference are tolerated, not more", async () => {
  await expect(readAccessToken(await forge({ claims: { exp: now() - 3 } }))).resolves.toMatchObject(subject);
  await expect(readAccessToken(await forge({ claims: { exp: now() - 7 } }))).rejects.toMatchObject({
    code: "unauthorized",
  });
});

test("a replica whose clock is minutes ahead issues tokens that the others accept", async () => {
  const claims = { iat: now() + 590, exp: now() + 590 + ACCESS_TTL_SECONDS };
  await expect(readAccessToken(await forge({ claims }))).resolves.toMatchObject(subject);
});

test("what was accepted once is accepted neither after its time nor under another secret", async () => {
  const claims = { iat: now() - ACCESS_TTL_SECONDS + 2, exp: now() + 2 };
  const token = await forge({ claims });
  const read = () => readAccessToken(token, { remember: true });
  await expect(read()).resolves.toMatchObject(subject);
  await expect(read()).resolves.toMatchObject(subject);
  jest.useFakeTimers({ now: Date.now() + 6_000, doNotFake: ["nextTick", "setImmediate"] });
  await expect(read()).resolves.toMatchObject(subject);
  jest.setSystemTime(Date.now() + 2_000);
  await expect(read()).rejects.toMatchObject({ code: "unauthorized" });
  jest.useRealTimers();
  await expect(read()).resolves.toMatchObject(subject);
  provideRuntime({}, { jwtSecret: "a new secret of the tests, of at least 32 bytes" });
  await expect(read()).rejects.toMatchObject({ code: "unauthorized" });
});

const b64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

test.each<[string, () => Promise<string> | string]>([
  ["nothing", () => ""],
  ["text", () => "not.a.token"],
  ["alg none", () => new UnsecuredJWT({ sub: "user1", sid: "session1", jti: "x" }).setExpirationTime("1m").encode()],
  [
    "alg none with our header and an empty signature",
    async () => `${b64({ alg: "none", typ: "at+jwt" })}.${(await forge()).split(".")[1]}.`,
  ],
  ["HS384", () => forge({ header: { alg: "HS384" } })],
  ["HS512", () => forge({ header: { alg: "HS512" } })],
  [
    "RS256 claimed over the same signature",
    async () => `${b64({ alg: "RS256", typ: "at+jwt" })}.${(await forge()).split(".").slice(1).join(".")}`,
  ],
  ["another key", () => forge({ key: new TextEncoder().encode("some other secret of 32 bytes or more") })],
  ["another kind of token", () => forge({ header: { typ: "JWT" } })],
  ["no kind", () => forge({ header: { typ: undefined } })],
  ["kid", () => forge({ header: { kid: "../../dev/null" } })],
  ["jku", () => forge({ header: { jku: "https://evil.example/keys" } })],
  ["jwk", () => forge({ header: { jwk: { kty: "oct", k: "AAAA" } } })],
  ["crit", () => forge({ header: { crit: ["x-parley"], "x-parley": 1 } })],
  ["another issuer", () => forge({ claims: { iss: "elsewhere" } })],
  ["another audience", () => forge({ claims: { aud: "elsewhere" } })],
  ["no expiry", () => forge({ without: "exp" })],
  ["no time of issue", () => forge({ without: "iat" })],
  ["no session", () => forge({ without: "sid" })],
  ["no subject", () => forge({ without: "sub" })],
  ["no id", () => forge({ without: "jti" })],
  ["no issuer", () => forge({ without: "iss" })],
  ["no audience", () => forge({ without: "aud" })],
  ["a session that is not text", () => forge({ claims: { sid: { contains: "" } } })],
  ["issued in a far future", () => forge({ claims: { iat: now() + 660, exp: now() + 700 } })],
  ["issued too long ago, with a far expiry", () => forge({ claims: { iat: now() - 3_600, exp: now() + 86_400 } })],
  ["100 kB", () => forge({ claims: { filler: "x".repeat(100_000) } })],
  ["a changed claim", async () => (await forge()).replace(/\.[^.]+\./, `.${b64({ sub: "user2" })}.`)],
])("%s is unauthorized", async (_, make) => {
  await expect(readAccessToken(await make())).rejects.toMatchObject({ code: "unauthorized" });
});
