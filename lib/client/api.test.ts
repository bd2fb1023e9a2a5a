import { jest } from "@jest/globals";
import { createApi } from "./api";

function answering(...answers: [number, string][]) {
  const asked: { url: string; init: RequestInit }[] = [];
  return {
    asked,
    environment: {
      origin: "http://test",
      fetch: async (url: string, init: RequestInit = {}) => {
        asked.push({ url, init });
        const [status, body] = answers.shift() ?? [500, ""];
        if (status === 0) throw new TypeError("network");
        return new Response(body === "" ? null : body, { status });
      },
    },
  };
}

test("fills the path, leaves out what is undefined, sends a body as JSON", async () => {
  const { asked, environment } = answering([200, '{"rooms":[]}'], [204, ""]);
  const api = createApi({ environment, token: () => "t" });
  await api("GET /api/rooms", { query: { q: "a b", scope: undefined, limit: 5 } });
  expect(asked[0]?.url).toBe("http://test/api/rooms?q=a+b&limit=5");
  await api("DELETE /api/rooms/[id]/members/[userId]", { params: { id: "r/1", userId: "u" }, body: { ban: true } });
  expect(asked[1]?.url).toBe("http://test/api/rooms/r%2F1/members/u");
  expect(asked[1]?.init).toMatchObject({ method: "DELETE", body: '{"ban":true}' });
});

test("an expired session is renewed once and the request tried again", async () => {
  const expired: [number, string] = [401, '{"error":{"code":"unauthorized","message":"Sign in."}}'];
  const { asked, environment } = answering(expired, [200, '{"rooms":[]}'], expired, expired);
  let renewals = 0;
  const api = createApi({
    environment,
    renew: async () => {
      renewals += 1;
      return true;
    },
  });
  await api("GET /api/rooms");
  expect(asked).toHaveLength(2);
  await expect(api("GET /api/rooms")).rejects.toMatchObject({ code: "unauthorized", message: "Sign in." });
  expect(renewals).toBe(2);
  expect(asked).toHaveLength(4);
});

test("whatever fails is an error that can be shown", async () => {
  const limited = '{"error":{"code":"rate_limited","message":"Slow down.","details":{"retryAfterMs":1500}}}';
  const { environment } = answering(
    [0, ""],
    [502, "<html>"],
    [429, limited],
    [400, '{"error":{"code":"invalid","message":"m","details":{"name":"taken"}}}'],
  );
  const api = createApi({ environment });
  await expect(api("GET /api/me")).rejects.toMatchObject({ code: "unreachable", definite: false });
  await expect(api("GET /api/me")).rejects.toMatchObject({ code: "unavailable", definite: false });
  await expect(api("GET /api/me")).rejects.toMatchObject({ retryAfterMs: 1500, definite: false });
  await expect(api("GET /api/me")).rejects.toMatchObject({ details: { name: "taken" }, definite: true });
});

test("what only reads is asked once more when no answer begins; what changes something is not", async () => {
  jest.useFakeTimers();
  try {
    const asked: string[] = [];
    const silent = (_url: string, init: RequestInit = {}) =>
      new Promise<Response>((_, reject) => {
        asked.push(init.method ?? "");
        init.signal?.addEventListener("abort", () => reject(new Error("aborted")));
      });
    const api = createApi({ environment: { origin: "http://test", fetch: silent } });
    const reading = expect(api("GET /api/rooms")).rejects.toMatchObject({ code: "unreachable" });
    const changing = expect(api("POST /api/rooms", { body: { name: "n" } })).rejects.toMatchObject({
      code: "unreachable",
    });
    await jest.advanceTimersByTimeAsync(1_999);
    expect(asked).toEqual(["GET", "POST"]);
    await jest.advanceTimersByTimeAsync(1);
    expect(asked).toEqual(["GET", "POST", "GET"]);
    await jest.advanceTimersByTimeAsync(15_000);
    await Promise.all([reading, changing]);
    expect(asked).toHaveLength(3);
  } finally {
    jest.useRealTimers();
  }
});
