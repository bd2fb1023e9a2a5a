import { AppError } from "@/lib/protocol/errors";
import { provideRuntime } from "@/tests/runtime";
import { answer, refuse } from "./answer";
import { type Call, route } from "./route";

const tokens = { accessToken: "a", expiresAt: "2026-01-01T00:00:00.000Z" };
type Refresh = Call<"POST /api/auth/refresh">;

/** Sends a request through a route that needs nobody signed in. */
async function send(
  init: RequestInit & { url?: string } = {},
  handler: (call: Refresh) => Promise<typeof tokens> = async () => tokens,
) {
  const handle = route("POST /api/auth/refresh", handler, { auth: "none" });
  const request = new Request(`http://chat.test${init.url ?? "/api/auth/refresh"}`, {
    method: "POST",
    ...init,
    headers: { host: "chat.test", "x-request-id": "req-1", ...(init.headers as Record<string, string>) },
  });
  const response = await handle(request, { params: Promise.resolve({}) });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text ? JSON.parse(text) : undefined };
}

const json = { "content-type": "application/json" };

beforeEach(() => {
  process.env.LOG_LEVEL = "silent";
  provideRuntime();
});

test("a success carries the route's status and is stored by nobody", async () => {
  const { status, headers, body } = await send();
  expect([status, headers.get("cache-control"), body]).toEqual([200, "no-store", tokens]);
});

test("a handler may deviate in status and headers", async () => {
  const handle = route(
    "POST /api/auth/refresh",
    async () =>
      answer(202, tokens, {
        headers: [
          ["Set-Cookie", "a=1"],
          ["Set-Cookie", "b=2"],
        ],
      }),
    { auth: "none" },
  );
  const request = new Request("http://chat.test/", { method: "POST" });
  const response = await handle(request, { params: Promise.resolve({}) });
  expect([response.status, response.headers.getSetCookie()]).toEqual([202, ["a=1", "b=2"]]);
});

test("a refusal may carry headers", async () => {
  const handle = route(
    "POST /api/auth/logout",
    async () => refuse(new AppError("unauthorized", "No."), [["Set-Cookie", "a=; Max-Age=0"]]),
    { auth: "none" },
  );
  const response = await handle(new Request("http://chat.test/", { method: "POST" }), { params: Promise.resolve({}) });
  expect([response.status, response.headers.getSetCookie()]).toEqual([401, ["a=; Max-Age=0"]]);
});

test("routes need somebody signed in unless they say otherwise", async () => {
  const handle = route("GET /api/auth/sessions", async () => ({ sessions: [] }));
  const response = await handle(new Request("http://chat.test/"), { params: Promise.resolve({}) });
  expect(response.status).toBe(401);
  expect(await response.json()).toMatchObject({ error: { code: "unauthorized" } });
});

test.each<[string, RequestInit, number, Record<string, string> | undefined]>([
  ["a body that is no JSON", { headers: json, body: "{" }, 400, { body: "must be JSON in UTF-8" }],
  [
    "a body that is no text",
    { headers: json, body: Buffer.from([0xff, 0xfe]) },
    400,
    { body: "must be JSON in UTF-8" },
  ],
  ["a list", { headers: json, body: "[]" }, 400, { body: "must be an object" }],
  ["null", { headers: json, body: "null" }, 400, { body: "must be an object" }],
  ["another type", { headers: json, body: '{"refreshToken":5}' }, 400, { refreshToken: "must be text" }],
  ["an operator", { headers: json, body: '{"refreshToken":{"contains":""}}' }, 400, { refreshToken: "must be text" }],
  ["an unknown field", { headers: json, body: '{"role":"owner"}' }, 400, { role: "is not known here" }],
  ["a form", { headers: { "content-type": "application/x-www-form-urlencoded" }, body: "a=b" }, 415, undefined],
  ["plain text", { headers: { "content-type": "text/plain" }, body: "{}" }, 415, undefined],
  [
    "a type that only begins like JSON",
    { headers: { "content-type": "application/jsonp" }, body: "{}" },
    415,
    undefined,
  ],
  ["100 kB and more", { headers: json, body: JSON.stringify({ refreshToken: "x".repeat(100_000) }) }, 413, undefined],
])("%s is refused", async (_, init, status, details) => {
  const answered = await send(init);
  expect(answered.status).toBe(status);
  expect(answered.body.error.requestId).toBe("req-1");
  expect(answered.body.error.details).toEqual(details);
});

test("a prototype key is a field like any other", async () => {
  const { status, body } = await send({ headers: json, body: '{"__proto__":{"admin":true}}' });
  expect([status, Object.entries(body.error.details)]).toEqual([400, [["__proto__", "is not known here"]]]);
});

test("a deep nesting is refused before any schema walks it", async () => {
  const { status, body } = await send({ headers: json, body: `{"a":${"[".repeat(30_000)}${"]".repeat(30_000)}}` });
  expect([status, body.error.details]).toEqual([400, { body: "must not be nested deeper than 16" }]);
});

test("a body that never says how long it is, is cut off", async () => {
  let pulled = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      pulled += 1;
      controller.enqueue(new Uint8Array(10_000));
    },
  });
  const { status } = await send({ headers: json, body: endless, duplex: "half" } as RequestInit);
  expect(status).toBe(413);
  expect(pulled).toBeLessThan(30);
});

test("a query parameter given twice is refused", async () => {
  const { status, body } = await send({ url: "/api/auth/refresh?a=1&a=2" });
  expect([status, body.error.details]).toEqual([400, { a: "must be given only once" }]);
});

test("a foreign page is refused before its request is looked at", async () => {
  const { status, body } = await send({ headers: { ...json, origin: "https://evil.example" }, body: "{" });
  expect([status, body.error.code]).toEqual([403, "forbidden"]);
});

test("a rate limit says when to come back, in whole seconds", async () => {
  const { status, headers, body } = await send({}, async () => {
    throw new AppError("rate_limited", "Slow down.", { retryAfterMs: 1_200 });
  });
  expect([status, headers.get("retry-after"), body.error.details]).toEqual([429, "2", { retryAfterMs: 1_200 }]);
});

test("a database that is gone is unavailable", async () => {
  const { status, body } = await send({}, async () => {
    throw Object.assign(new Error("connect ECONNREFUSED 10.0.0.1:5432"), { code: "ECONNREFUSED" });
  });
  expect([status, body.error.code]).toEqual([503, "unavailable"]);
  expect(JSON.stringify(body)).not.toContain("10.0.0.1");
});

test("a fault of ours tells nothing of itself", async () => {
  const { status, body } = await send({}, async () => {
    throw new Error('duplicate key value violates unique constraint "User_email_key"');
  });
  expect(status).toBe(500);
  expect(body).toEqual({
    error: { code: "internal", message: expect.any(String), requestId: "req-1" },
  });
  expect(JSON.stringify(body)).not.toMatch(/constraint|stack|User_/);
});
