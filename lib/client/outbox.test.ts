import "fake-indexeddb/auto";
import { ApiError } from "./api-error";
import type { Channel, Locks } from "./environment";
import { createOutbox } from "./outbox";
import { indexedOutbox, type OutboxItem } from "./outbox-storage";
import { localLocks } from "./platform";
import type { Emit } from "./socket";
import { createChatStore } from "./store";
import { say, testClock, testRoom, until } from "./test-world";

const DAY = 24 * 60 * 60 * 1_000;
let databases = 0;

/** One browser: a database, locks and channels that its tabs share. */
function browser(locks: Locks = localLocks()) {
  databases += 1;
  const name = `outbox-${databases}`;
  const tabs = new Set<(message: unknown) => void>();
  return {
    locks,
    storage: () => indexedOutbox(name),
    channel(): Channel {
      let mine: (message: unknown) => void = () => undefined;
      return {
        post(message) {
          for (const tab of tabs) if (tab !== mine) tab(message);
        },
        listen(heard) {
          mine = heard;
          tabs.add(heard);
        },
        close: () => void tabs.delete(mine),
      };
    },
  };
}

function tab(home = browser(), clock = testClock()) {
  const asked: {
    content: string;
    clientId: string;
    resolve: (ok?: boolean) => void;
    reject: (error: ApiError) => void;
  }[] = [];
  const sent: string[] = [];
  const room = testRoom();
  const store = createChatStore({ me: { id: "me" } as never });
  const emit: Emit = (_event, input) =>
    new Promise((resolve, reject) => {
      const { content, clientId } = input as { content: string; clientId: string };
      const answer = () => resolve({ message: say(room, "me", { content, clientId }) } as never);
      asked.push({ content, clientId, resolve: answer, reject });
    });
  const state = { unauthorized: 0 };
  const outbox = createOutbox({
    store,
    environment: { clock, locks: home.locks, outbox: home.storage(), channel: home.channel },
    emit,
    onSent: (message) => void sent.push(message.content),
    onUnauthorized() {
      state.unauthorized += 1;
    },
  });
  const shown = (roomId = "room") =>
    store
      .getState()
      .pending.get(roomId)
      ?.map(({ content, state: is }) => `${content} ${is}`);
  return { asked, sent, store, outbox, clock, state, shown, storage: home.storage() };
}

let made = 0;
function item(content: string, extra: Partial<OutboxItem> = {}): OutboxItem {
  made += 1;
  return {
    clientId: `client-${made}`,
    userId: "me",
    roomId: "room",
    content,
    replyTo: null,
    createdAt: 1_700_000_000_000,
    error: null,
    ...extra,
  };
}

async function open(one = tab()) {
  await one.outbox.start("me");
  one.outbox.wake();
  return one;
}

test("is stored before the first try, one in flight a room, rooms in parallel, in order", async () => {
  const { outbox, asked, sent, storage } = await open();
  await Promise.all([item("a"), item("b"), item("x", { roomId: "other" })].map((one) => outbox.add(one)));
  await until("first of each room", () => asked.length === 2);
  expect(asked.map(({ content }) => content)).toEqual(["a", "x"]);
  expect((await storage.list("me")).map(({ content }) => content)).toEqual(["a", "b", "x"]);
  asked[0]?.resolve();
  await until("the second", () => asked.length === 3);
  expect(sent).toEqual(["a"]);
  asked[2]?.resolve();
  asked[1]?.resolve();
  await until("all sent", () => sent.length === 3);
  expect(sent).toEqual(["a", "b", "x"]);
  expect(await storage.list("me")).toEqual([]);
});

test("an unknown outcome is tried again with the same clientId after 1, 2, 4 … s", async () => {
  const { outbox, asked, clock } = await open();
  await outbox.add(item("a"));
  for (const [tries, wait] of [1_000, 2_000, 4_000, 8_000, 15_000, 30_000, 30_000].entries()) {
    await until("the try", () => asked.length === tries + 1);
    asked[tries]?.reject(new ApiError("unreachable", "lost"));
    await until("the rest", () => clock.pending() === 1);
    clock.advance(wait - 1);
    expect(asked.length).toBe(tries + 1);
    clock.advance(1);
  }
  await until("the last try", () => asked.length === 8);
  expect(new Set(asked.map(({ clientId }) => clientId)).size).toBe(1);
});

test("obeys the time that a busy server names", async () => {
  const { outbox, asked, clock } = await open();
  await outbox.add(item("a"));
  await until("the try", () => asked.length === 1);
  asked[0]?.reject(new ApiError("rate_limited", "busy", { retryAfterMs: 7_000 }));
  await until("the rest", () => clock.pending() === 1);
  clock.advance(6_999);
  expect(asked.length).toBe(1);
  clock.advance(1);
  await until("the second try", () => asked.length === 2);
});

test("a new connection does not shorten the time that a busy server named", async () => {
  const { outbox, asked, clock } = await open();
  await outbox.add(item("a"));
  await until("the try", () => asked.length === 1);
  asked[0]?.reject(new ApiError("rate_limited", "busy", { retryAfterMs: 7_000 }));
  await until("the rest", () => clock.pending() === 1);
  outbox.rest();
  outbox.wake();
  clock.advance(6_999);
  expect(asked.length).toBe(1);
  clock.advance(1);
  await until("the second try", () => asked.length === 2);
});

test("what becomes a day old while the page is open waits for a click, and says so", async () => {
  const { outbox, asked, clock, shown } = tab();
  await outbox.start("me");
  await outbox.add(item("a", { createdAt: clock.now() }));
  expect(shown()).toEqual(["a waiting"]);
  clock.advance(DAY + 1);
  outbox.wake();
  expect(shown()).toEqual(["a held"]);
  expect(asked).toEqual([]);
});

test("what was written while the stored ones are being read goes out after them", async () => {
  const home = browser();
  const first = tab(home);
  await first.outbox.start("me");
  for (const one of [item("a"), item("b")]) await first.outbox.add(one);
  first.outbox.stop();
  const second = tab(home);
  const starting = second.outbox.start("me");
  await Promise.all([second.outbox.add(item("c")), starting]);
  second.outbox.wake();
  for (const count of [1, 2, 3]) {
    await until("the next", () => second.asked.length === count);
    second.asked[count - 1]?.resolve();
  }
  expect(second.asked.map(({ content }) => content)).toEqual(["a", "b", "c"]);
  expect(new Set(second.asked.map(({ clientId }) => clientId)).size).toBe(3);
});

test("what was written before the greeting is sent even where nothing can be stored", async () => {
  const home = browser();
  const forbidden = async () => {
    throw new Error("Storage is forbidden here.");
  };
  const storage = { ...home.storage(), list: forbidden, add: forbidden };
  const one = tab({ ...home, storage: () => storage });
  await one.outbox.add(item("early"));
  await open(one);
  await until("the try", () => one.asked.length === 1);
  expect(one.shown()).toEqual(["early sending"]);
});

test("a definite refusal is marked failed and lets the next go", async () => {
  const { outbox, asked, shown } = await open();
  await outbox.add(item("a"));
  await outbox.add(item("b"));
  await until("the try", () => asked.length === 1);
  asked[0]?.reject(new ApiError("forbidden", "You can't write here."));
  await until("the next", () => asked.length === 2);
  expect(asked[1]?.content).toBe("b");
  expect(shown()).toEqual(["a failed", "b sending"]);
});

test("the broadcast settles a message whose ack was lost: no second try", async () => {
  const { outbox, asked, clock, storage } = await open();
  const one = item("a");
  await outbox.add(one);
  await until("the try", () => asked.length === 1);
  outbox.settle([say(testRoom(), "me", { clientId: one.clientId })]);
  asked[0]?.reject(new ApiError("unreachable", "lost"));
  await new Promise((resolve) => setImmediate(resolve));
  expect(clock.pending()).toBe(0);
  clock.advance(60_000);
  expect(asked.length).toBe(1);
  expect(await storage.list("me")).toEqual([]);
});

test("survives a reload in its order, and what is older than a day waits for a click", async () => {
  const home = browser();
  const first = tab(home);
  await first.outbox.start("me");
  const old = item("old", { createdAt: 1_700_000_000_000 - DAY - 1 });
  for (const one of [old, item("a"), item("b")]) await first.outbox.add(one);
  first.outbox.stop();
  const second = await open(tab(home));
  await until("the first young one", () => second.asked.length === 1);
  expect(second.asked[0]?.content).toBe("a");
  expect(second.shown()).toEqual(["old held", "a sending", "b waiting"]);
  expect(second.store.getState().connection.waiting).toBe(2);
  second.asked[0]?.resolve();
  await until("the next", () => second.asked.length === 2);
  second.asked[1]?.resolve();
  await second.outbox.release(old.clientId);
  await until("the released one", () => second.asked.length === 3);
  expect(second.asked[2]?.clientId).toBe(old.clientId);
});

test("unauthorized waits for the session instead of failing", async () => {
  const { outbox, asked, state, shown } = await open();
  await outbox.add(item("a"));
  await until("the try", () => asked.length === 1);
  asked[0]?.reject(new ApiError("unauthorized", "expired"));
  await until("told", () => state.unauthorized === 1);
  expect(shown()).toEqual(["a waiting"]);
  outbox.wake();
  await until("the second try", () => asked.length === 2);
});

test("of two tabs one sends; the other's message is handed over and shown as sent", async () => {
  const home = browser();
  const owner = await open(tab(home));
  const other = await open(tab(home));
  await other.outbox.add(item("from the other"));
  await until("handed over", () => owner.asked.length === 1);
  expect(owner.shown()).toEqual(["from the other sending"]);
  owner.asked[0]?.resolve();
  await until("both know", () => other.sent.length === 1 && owner.sent.length === 1);
  expect(other.asked.length).toBe(0);
  other.clock.advance(60_000);
  expect(other.asked.length).toBe(0);
});

test("a tab takes over from one that closed, without losing or repeating", async () => {
  const home = browser();
  const owner = await open(tab(home));
  const other = await open(tab(home));
  await owner.outbox.add(item("a"));
  await until("the try", () => owner.asked.length === 1);
  owner.outbox.stop();
  await until("taken over", () => other.asked.length === 1);
  expect(other.asked[0]?.clientId).toBe(owner.asked[0]?.clientId);
});

test("a tab takes over from one that is frozen: it holds the lock and does nothing", async () => {
  const home = browser(stealableLocks());
  const owner = await open(tab(home));
  await owner.outbox.add(item("before"));
  await until("it owns", () => owner.asked.length === 1);
  const other = await open(tab({ ...home, channel: () => ({ post() {}, listen() {}, close() {} }) }));
  await other.outbox.add(item("unheard"));
  other.clock.advance(7_999);
  expect(other.asked.length).toBe(0);
  other.clock.advance(1);
  await until("taken over", () => other.asked.length === 1);
});

/** Web locks with one holder: `steal` puts the holder out, whose request is then rejected. */
function stealableLocks(): Locks {
  let putOut: ((reason: Error) => void) | null = null;
  return {
    async request(_name, { steal }, run) {
      if (putOut && !steal) return new Promise(() => undefined);
      putOut?.(new Error("stolen"));
      await new Promise<void>((resolve, reject) => {
        putOut = reject;
        run().then(resolve, reject);
      });
    },
  };
}

test("logging out empties the outbox everywhere", async () => {
  const home = browser();
  const owner = await open(tab(home));
  const other = await open(tab(home));
  await owner.outbox.add(item("a"));
  await owner.outbox.clear();
  expect(owner.shown()).toBeUndefined();
  expect(other.shown()).toBeUndefined();
  expect(await owner.storage.list("me")).toEqual([]);
});

test("what a second tab was told to send before its greeting is sent by the first", async () => {
  const home = browser();
  const first = await open(tab(home));
  const second = tab(home);
  await second.outbox.add(item("early"));
  await second.outbox.start("me");
  await until("asked", () => first.asked.length === 1);
  first.asked[0]?.resolve();
  await until("sent", () => first.sent.includes("early") && second.sent.includes("early"));
  expect(second.asked).toEqual([]);
  first.outbox.stop();
  second.outbox.stop();
});
