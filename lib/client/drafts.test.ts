import { createDrafts } from "./drafts";
import type { Keep } from "./environment";
import { createChatStore } from "./store";
import { testClock } from "./test-world";

/** What tabs of one browser share. */
function shared(): () => Keep {
  const texts = new Map<string, string>();
  const tabs = new Set<(key: string, value: string | null) => void>();
  return () => {
    let mine: ((key: string, value: string | null) => void) | null = null;
    return {
      get: (key) => texts.get(key) ?? null,
      keys: () => [...texts.keys()],
      set(key, value) {
        if (value === null) texts.delete(key);
        else texts.set(key, value);
        for (const tab of tabs) if (tab !== mine) tab(key, value);
      },
      watch(changed) {
        mine = changed;
        tabs.add(changed);
        return () => tabs.delete(changed);
      },
    };
  };
}

test("drafts survive a reload, show in other tabs, and belong to one person", () => {
  const clock = testClock();
  const keep = shared();
  const open = (userId: string) => {
    const store = createChatStore();
    const drafts = createDrafts(store, clock, keep());
    drafts.start(userId);
    return { drafts, draft: () => store.getState().drafts.get("room") };
  };
  const first = open("me");
  const second = open("me");
  first.drafts.set("room", "hel");
  first.drafts.set("room", "hello");
  expect(first.draft()).toBe("hello");
  expect(second.draft()).toBeUndefined();
  clock.advance(300);
  expect(second.draft()).toBe("hello");
  expect(open("me").draft()).toBe("hello");
  expect(open("somebody else").draft()).toBeUndefined();
  second.drafts.set("room", "");
  clock.advance(300);
  expect(first.draft()).toBeUndefined();
  first.drafts.set("room", "unwritten");
  first.drafts.stop();
  expect(open("me").draft()).toBe("unwritten");
});
