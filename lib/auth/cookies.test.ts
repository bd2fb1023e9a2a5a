import { jest } from "@jest/globals";
import { provideRuntime } from "@/tests/runtime";
import { clearTokenCookies, readCookies, setTokenCookies, tokenCookie } from "./cookies";

const tokens = {
  accessToken: "access-value",
  accessExpiresAt: new Date("2026-01-01T00:15:00.000Z"),
  refreshToken: "refresh-value",
  refreshExpiresAt: new Date("2026-01-08T00:00:00.000Z"),
};

/** A quarter of an hour and a week before the times above. */
const now = Date.parse("2026-01-01T00:00:00.000Z");

beforeEach(() => {
  jest.useFakeTimers({ now });
});

afterEach(() => {
  jest.useRealTimers();
});

test("under https the cookies are bound to the host", () => {
  provideRuntime({ NEXTAUTH_URL: "https://chat.example.org" });
  expect(setTokenCookies({}, tokens)).toEqual([
    "__Host-parley-access=access-value; Path=/; Max-Age=900; Expires=Thu, 01 Jan 2026 00:15:00 GMT; SameSite=Lax; HttpOnly; Secure",
    "__Host-parley-refresh=refresh-value; Path=/; Max-Age=604800; Expires=Thu, 08 Jan 2026 00:00:00 GMT; SameSite=Strict; HttpOnly; Secure",
    "parley-resume=1; Path=/; Max-Age=604800; Expires=Thu, 08 Jan 2026 00:00:00 GMT; SameSite=Lax; Secure",
  ]);
});

test("plain http, which browsers refuse the prefix on, goes without", () => {
  provideRuntime();
  expect(setTokenCookies({}, tokens)).toEqual([
    "parley-access=access-value; Path=/; Max-Age=900; Expires=Thu, 01 Jan 2026 00:15:00 GMT; SameSite=Lax; HttpOnly",
    "parley-refresh=refresh-value; Path=/; Max-Age=604800; Expires=Thu, 08 Jan 2026 00:00:00 GMT; SameSite=Strict; HttpOnly",
    "parley-resume=1; Path=/; Max-Age=604800; Expires=Thu, 08 Jan 2026 00:00:00 GMT; SameSite=Lax",
  ]);
});

test("what is set is also cleared, by the same names", () => {
  provideRuntime();
  const names = (lines: string[]) => lines.map((line) => line.split("=")[0]);
  expect(names(clearTokenCookies({}))).toEqual(names(setTokenCookies({}, tokens)));
  for (const line of clearTokenCookies({})) expect(line).toContain("=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970");
});

test("under https the name without prefix, which a sub-domain could set, is not read", () => {
  provideRuntime();
  const cookie = "parley-access=planted; __Host-parley-access=real";
  expect(tokenCookie({ cookie, "x-parley-proto": "https" }, "access")).toBe("real");
  expect(tokenCookie({ cookie: "parley-access=planted", "x-parley-proto": "https" }, "access")).toBeUndefined();
  expect(tokenCookie({ cookie }, "access")).toBe("planted");
});

test("odd cookie headers are read without harm", () => {
  const cookie = "a=1; =x; b; a=2; c=%zz; d=x%7Cy; __proto__=z; e= spaced ; f=";
  const read = readCookies({ cookie });
  expect({ ...read }).toMatchObject({ a: "1", c: "%zz", d: "x|y", e: "spaced", f: "" });
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect(readCookies({}).a).toBeUndefined();
});
