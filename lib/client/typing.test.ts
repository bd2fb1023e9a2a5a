import type { Emit } from "./socket";
import { createChatStore } from "./store";
import { person, testClock } from "./test-world";
import { createOwnTyping, createTypingWatch } from "./typing";

test("a typing state whose end is lost is over after six seconds", () => {
  const clock = testClock();
  const store = createChatStore({ me: { id: "me" } as never });
  const typing = createTypingWatch(store, clock);
  typing.started("room", person("ada"), null);
  clock.advance(4_000);
  typing.started("room", person("ben"), null);
  typing.started("room", person("me"), null);
  const names = () =>
    store
      .getState()
      .typing.get("room")
      ?.map(({ user }) => user.id);
  expect(names()).toEqual(["ada", "ben"]);
  const before = store.getState().typing;
  typing.started("room", person("ada"), null);
  expect(store.getState().typing).toBe(before);
  clock.advance(5_000);
  expect(names()).toEqual(["ada", "ben"]);
  typing.stopped("room", "ada", null);
  clock.advance(2_000);
  expect(names()).toBeUndefined();
  expect(clock.pending()).toBe(0);
});

test("others are told every three seconds at most, and once when it ends", () => {
  const clock = testClock();
  const told: string[] = [];
  const emit: Emit = async (event) => {
    told.push(event);
    return {} as never;
  };
  const typing = createOwnTyping(emit, clock);
  for (let key = 0; key < 10; key += 1) {
    typing.set("room", true);
    clock.advance(500);
  }
  expect(told).toEqual(["typing:start", "typing:start"]);
  clock.advance(4_000);
  expect(told).toEqual(["typing:start", "typing:start", "typing:stop"]);
  typing.set("room", false);
  expect(told).toHaveLength(3);
});
