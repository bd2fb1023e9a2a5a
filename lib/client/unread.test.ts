import fc from "fast-check";
import { applyToRoom, isUnclear, takeRoom, withRead } from "./rooms";
import { createChatStore } from "./store";
import { change, countsOf, remove, roomAnswer, say, type TestRoom, testRoom } from "./test-world";

const me = { ...roomAnswer(testRoom(), "me", 0), id: "me", username: "me", name: "ME", avatar: null } as never;

function known(room: TestRoom, lastReadSeq: number) {
  return takeRoom(createChatStore({ me }).getState(), roomAnswer(room, "me", lastReadSeq), false);
}

const mine = (state: ReturnType<typeof known>) => state.rooms.get("room")?.me;

test("a message counts once, however often its change is applied", () => {
  const room = testRoom();
  say(room, "ada");
  let state = known(room, 0);
  say(room, "ada", { mentions: ["me"] });
  say(room, "me");
  const news = room.changes.slice(1);
  state = applyToRoom(state, "room", news, 3);
  state = applyToRoom(state, "room", news, 3);
  expect(mine(state)).toMatchObject({ unread: 2, mentions: 1, lastReadSeq: 0 });
});

test("reading on any device clears, and a late older mark changes nothing", () => {
  const room = testRoom();
  for (let count = 0; count < 5; count += 1) say(room, "ada");
  let state = withRead(known(room, 1), "room", 5, "confirmed");
  expect(mine(state)).toMatchObject({ unread: 0, lastReadSeq: 5 });
  state = withRead(state, "room", 3, "confirmed");
  expect(mine(state)).toMatchObject({ unread: 0, lastReadSeq: 5 });
  expect(isUnclear(state, "room")).toBe(false);
});

test("what cannot be derived keeps the last number and says so; the server's answer settles it", () => {
  const room = testRoom();
  for (let count = 0; count < 5; count += 1) say(room, "ada");
  let state = known(room, 0);
  remove(room, 2);
  state = applyToRoom(state, "room", room.changes.slice(5), 6);
  expect(isUnclear(state, "room")).toBe(true);
  expect(mine(state)?.unread).toBe(5);
  state = takeRoom(state, roomAnswer(room, "me", 0), true);
  expect(isUnclear(state, "room")).toBe(false);
  expect(mine(state)?.unread).toBe(4);
});

test("an answer that is older than what is known is not taken over", () => {
  const room = testRoom();
  say(room, "ada");
  const old = roomAnswer(room, "me", 0);
  say(room, "ada");
  let state = known(room, 0);
  state = takeRoom(state, old, true);
  expect(mine(state)?.unread).toBe(2);
});

test("an answer from before a deletion that is known already leaves the count unclear", () => {
  const room = testRoom();
  say(room, "ada");
  let state = known(room, 0);
  say(room, "ada");
  const late = roomAnswer(room, "me", 0);
  remove(room, 2);
  state = applyToRoom(state, "room", room.changes.slice(1), 3);
  expect(mine(state)?.unread).toBe(1);
  state = takeRoom(state, late, true);
  expect(isUnclear(state, "room")).toBe(true);
  state = takeRoom(state, roomAnswer(room, "me", 0), true);
  expect(isUnclear(state, "room")).toBe(false);
  expect(mine(state)?.unread).toBe(1);
});

test("the count equals the server's after any sequence of changes, reads and fresh answers", () => {
  const step = fc.record({ kind: fc.nat(11), which: fc.nat(500), named: fc.boolean(), mine: fc.nat(3) });
  fc.assert(
    fc.property(fc.nat(8), fc.array(step, { minLength: 1, maxLength: 320 }), (before, steps) => {
      const room = testRoom();
      for (let count = 0; count < before; count += 1) say(room, "ada", { mentions: count % 2 ? ["me"] : [] });
      let read = Math.floor(before / 2);
      let state = known(room, read);
      for (const { kind, which, named, mine: who } of steps) {
        const from = room.rev;
        const seq = (which % Math.max(1, room.messages.length)) + 1;
        if (kind < 7 || room.messages.length === 0)
          say(room, who === 0 ? "me" : "ada", { mentions: named ? ["me"] : [] });
        else if (kind === 7) remove(room, seq);
        else if (kind === 8 && room.messages[seq - 1]?.deletedAt === null)
          change(room, seq, { content: "edited", mentions: named ? ["me"] : [] });
        else if (kind === 9) {
          read = Math.max(read, seq);
          state = withRead(state, "room", seq, named ? "confirmed" : "here");
        } else if (kind === 10) state = takeRoom(state, roomAnswer(room, "me", read), true);
        state = applyToRoom(state, "room", room.changes.slice(from), room.rev);
        if (!isUnclear(state, "room")) expect(mine(state)).toMatchObject(countsOf(room, "me", read));
      }
      state = takeRoom(state, roomAnswer(room, "me", read), true);
      expect(mine(state)).toMatchObject(countsOf(room, "me", read));
    }),
    { numRuns: 200 },
  );
});
