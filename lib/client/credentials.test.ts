import { createCredentials, lifeOf } from "./credentials";
import type { Channel, Environment } from "./environment";
import { nodeEnvironment } from "./node";
import { localLocks, memoryKeep } from "./platform";
import { testClock, until } from "./test-world";

const MINUTE = 60_000;

function world() {
  const clock = testClock();
  const locks = localLocks();
  const keep = memoryKeep();
  const tabs = new Map<object, (message: unknown) => void>();
  const asked: ((status: number) => void)[] = [];
  /** The server's clock is an hour behind this device's. */
  const serverNow = () => clock.now() - 60 * MINUTE;
  const fetcher: Environment["fetch"] = () =>
    new Promise((resolve) => {
      asked.push((status) => {
        const expiresAt = new Date(serverNow() + 15 * MINUTE).toISOString();
        const body =
          status === 200
            ? { accessToken: `t${asked.length}`, expiresAt }
            : { error: { code: status === 401 ? "unauthorized" : "unavailable", message: "" } };
        resolve(new Response(JSON.stringify(body), { status, headers: { date: new Date(serverNow()).toUTCString() } }));
      });
    });
  function channel(): Channel {
    const me = {};
    return {
      post(message) {
        for (const [tab, heard] of tabs) if (tab !== me) heard(message);
      },
      listen: (heard) => void tabs.set(me, heard),
      close: () => void tabs.delete(me),
    };
  }
  function tab() {
    const heard: string[] = [];
    const environment = { ...nodeEnvironment("http://test", { accessToken: "" }), bearer: undefined };
    const credentials = createCredentials({
      environment: { ...environment, clock, locks, keep, fetch: fetcher, channel } as Environment,
      onRenewed: (token) => heard.push(token),
      onEnded: () => heard.push("ended"),
    });
    credentials.start();
    return { credentials, heard };
  }
  return { clock, asked, tab };
}

test("lives as long as the server says, by the server's own clock, within bounds that rule out loops", () => {
  const now = Date.parse("2026-01-01T00:00:00.000Z");
  expect(lifeOf("2026-01-01T00:15:00.000Z", now)).toBe(15 * MINUTE);
  expect(lifeOf("2025-12-31T00:00:00.000Z", now)).toBe(1.5 * MINUTE);
  expect(lifeOf("nonsense", now)).toBe(15 * MINUTE);
});

test("two tabs renew once, both hear the token, and the next renewal comes a minute before the end", async () => {
  const { clock, asked, tab } = world();
  const [first, second] = [tab(), tab()];
  clock.advance(0);
  await until("asked", () => asked.length === 1);
  asked[0]?.(200);
  await until("both know", () => first.heard.length === 1 && second.heard.length === 1);
  expect(asked).toHaveLength(1);
  clock.advance(13.9 * MINUTE);
  expect(asked).toHaveLength(1);
  clock.advance(0.2 * MINUTE);
  await until("asked again", () => asked.length === 2);
});

test("an answer that was lost is asked for again within the 10 s in which the used token still counts", async () => {
  const { clock, asked, tab } = world();
  const one = tab();
  clock.advance(0);
  for (const tries of [1, 2, 3]) {
    await until("asked", () => asked.length === tries);
    asked[tries - 1]?.(503);
    await until("planned again", () => clock.pending() === 1);
    clock.advance(tries < 3 ? 1_000 : 4_999);
  }
  expect(asked).toHaveLength(3);
  clock.advance(1);
  await until("asked once more", () => asked.length === 4);
  asked[3]?.(200);
  await until("renewed", () => one.heard.length === 1);
});

test("a refusal ends the session in every tab; no answer does not", async () => {
  const { asked, tab } = world();
  const [first, second] = [tab(), tab()];
  const renewing = first.credentials.renew();
  await until("asked", () => asked.length === 1);
  asked[0]?.(503);
  expect(await renewing).toBe("unreachable");
  const again = first.credentials.renew();
  await until("asked", () => asked.length === 2);
  asked[1]?.(401);
  expect(await again).toBe("ended");
  expect([first.heard, second.heard]).toEqual([["ended"], ["ended"]]);
});
