import fc from "fast-check";
import { applyChanges, applyPage, applyToConversation, type Change, emptyConversation, trim } from "./apply";
import { createInbox } from "./inbox";
import { withRoom } from "./rooms";
import type { Conversation } from "./state";
import { createChatStore } from "./store";
import { change, countsOf, remove, roomAnswer, say, type TestRoom, testClock, testRoom } from "./test-world";
import { newMark } from "./unread";

const me = { ...roomAnswer(testRoom(), "me", 0), id: "me", username: "me", name: "ME", avatar: null } as never;

function page(room: TestRoom, from: number, to: number) {
  const messages = room.messages.slice(from - 1, to);
  return {
    messages,
    older: from > 1 ? `older-${from}` : null,
    newer: to < room.messages.length ? `newer-${to}` : null,
  };
}

function loaded(room: TestRoom, from = 1, to = room.messages.length): Conversation {
  return applyPage(emptyConversation(room.id), page(room, from, to), "replace", []);
}

describe("applyChanges", () => {
  test("keeps the higher rev whichever comes first, and the same array when nothing is new", () => {
    const room = testRoom();
    const first = say(room, "ada");
    const edited = change(room, 1, { content: "other words" });
    const both = applyChanges([], [{ rev: 2, message: edited }], true);
    expect(both).toEqual([edited]);
    expect(applyChanges(both, [{ rev: 1, message: first }], true)).toBe(both);
    expect(applyChanges([first], [{ rev: 2, message: edited }], true)).toEqual([edited]);
  });

  test("redraws one row: the others keep their reference", () => {
    const room = testRoom();
    for (let count = 0; count < 3; count += 1) say(room, "ada");
    const before = loaded(room);
    const after = applyToConversation(before, [{ rev: 4, message: change(room, 2, { content: "new" }) }]);
    expect(after.messages[0]).toBe(before.messages[0]);
    expect(after.messages[1]?.content).toBe("new");
    expect(after.messages[2]).toBe(before.messages[2]);
  });

  test("leaves out what lies outside a stretch that is not at the end", () => {
    const room = testRoom();
    for (let count = 0; count < 9; count += 1) say(room, "ada");
    const middle = loaded(room, 3, 5);
    const changes: Change[] = [
      { rev: 10, message: change(room, 1, { content: "above" }) },
      { rev: 11, message: say(room, "ben") },
    ];
    expect(applyToConversation(middle, changes)).toBe(middle);
  });
});

describe("applyPage", () => {
  test("lays what was applied meanwhile over a page that is older than it", () => {
    const room = testRoom();
    for (let count = 0; count < 6; count += 1) say(room, "ada");
    const held = loaded(room, 4, 6);
    const stale = page(room, 1, 3);
    const reactions = [{ emoji: "👍", userIds: ["ben"] }];
    change(room, 2, { reactions });
    const next = applyPage(held, stale, "older", room.changes.slice(6));
    expect(next.messages).toEqual(room.messages);
    expect(next.older.more).toBe(false);
  });

  test("drops a page that no longer touches the stretch", () => {
    const room = testRoom();
    for (let count = 0; count < 9; count += 1) say(room, "ada");
    const held = loaded(room, 8, 9);
    expect(applyPage(held, page(room, 1, 3), "older", []).messages).toBe(held.messages);
  });

  test("a page around the outermost message extends the stretch on the asked side only", () => {
    const room = testRoom();
    for (let count = 0; count < 9; count += 1) say(room, "ada");
    const held = trim(loaded(room), 4);
    expect(held.older).toEqual({ more: true, cursor: null, status: "idle" });
    const next = applyPage(held, page(room, 4, 8), "older", []);
    expect(next.messages).toEqual(room.messages.slice(3));
    expect(next.older).toEqual({ more: true, cursor: "older-4", status: "idle" });
    expect(next.newer.more).toBe(false);
  });
});

/** What the server does, as numbers that choose. */
const act = fc.record({ kind: fc.nat(9), who: fc.nat(2), which: fc.nat(1_000), named: fc.boolean() });

function perform(
  room: TestRoom,
  { kind, who, which, named }: { kind: number; who: number; which: number; named: boolean },
) {
  const author = ["me", "ada", "ben"][who] ?? "ada";
  const seq = (which % Math.max(1, room.messages.length)) + 1;
  if (kind < 5 || room.messages.length === 0) say(room, author, { mentions: named ? ["me"] : [] });
  else if (kind < 7) change(room, seq, { content: `edit ${room.rev}`, mentions: named ? ["me"] : [] });
  else if (kind < 8) remove(room, seq);
  else change(room, seq, { reactions: [{ emoji: "🎉", userIds: [author, `u${room.rev}`] }] });
}

test("snapshot + events = fresh snapshot, whatever is reordered, repeated, lost and paged meanwhile", () => {
  const scenario = fc.record({
    before: fc.array(act, { maxLength: 25 }),
    after: fc.array(act, { minLength: 1, maxLength: 30 }),
    window: fc.nat(10),
    read: fc.nat(30),
    /** For each step: how far ahead the next event is picked, whether it is lost, repeated, and what else happens. */
    steps: fc.array(
      fc.record({ ahead: fc.nat(4), lost: fc.nat(5), again: fc.nat(3), wait: fc.nat(300), page: fc.nat(5) }),
      { minLength: 30, maxLength: 60 },
    ),
  });
  fc.assert(
    fc.property(scenario, ({ before, after, window, read, steps }) => {
      const room = testRoom();
      for (const one of before) perform(room, one);
      const clock = testClock();
      const lastReadSeq = Math.min(read, room.messages.length);
      const snapshot = roomAnswer(room, "me", lastReadSeq);
      const store = createChatStore({
        me,
        rooms: new Map([[room.id, snapshot]]),
        marks: new Map([[room.id, newMark(snapshot)]]),
        conversations: new Map([[room.id, loaded(room, Math.max(1, room.messages.length - window))]]),
      });
      const from = room.rev;
      for (const one of after) perform(room, one);
      const fresh = () => room.messages.filter((message) => message.seq >= first());
      const first = () => store.getState().conversations.get(room.id)?.messages[0]?.seq ?? 1;
      const inbox = createInbox({
        store,
        clock,
        onGap(roomId) {
          const known = store.getState().marks.get(roomId)?.rev ?? 0;
          const missed = room.messages.filter((message) => message.rev > known);
          inbox.catchUp(
            roomId,
            missed.map((message) => ({ rev: message.rev, message })),
            room.rev,
          );
        },
        onUnknownRoom: () => undefined,
        onApplied: () => undefined,
      });
      inbox.release();
      const travelling = room.changes.slice(from);
      let asked: { watch: ReturnType<typeof inbox.watch>; answer: ReturnType<typeof page>; at: number } | null = null;
      let marked = from;
      for (const step of steps) {
        const [event] = travelling.splice(Math.min(step.ahead, travelling.length - 1), 1);
        if (step.page === 0 && !asked) {
          // The page shows the room as it is at any moment after the request: here, when the mark is what it is now.
          const top = first();
          const atMark = replay(room, store.getState().marks.get(room.id)?.rev ?? 0);
          asked = {
            watch: inbox.watch(room.id),
            answer: page(atMark, Math.max(1, top - 5), Math.max(0, top - 1)),
            at: 0,
          };
        } else if (step.page === 1 && asked) {
          const { watch, answer } = asked;
          store.setState((state) => {
            const held = state.conversations.get(room.id);
            return held
              ? withRoom(state, room.id, { conversation: applyPage(held, answer, "older", watch.changes) })
              : state;
          });
          watch.end();
          asked = null;
        }
        if (event && step.lost > 0) inbox.receive(room.id, [event]);
        if (event && step.lost > 0 && step.again === 0) inbox.receive(room.id, [event]);
        clock.advance(step.wait);
        const mark = store.getState().marks.get(room.id)?.rev ?? 0;
        expect(mark).toBeGreaterThanOrEqual(marked);
        marked = mark;
      }
      inbox.noteHead(room.id, room.rev);
      clock.advance(1_000);

      const state = store.getState();
      expect(state.conversations.get(room.id)?.messages).toEqual(fresh());
      expect(state.marks.get(room.id)?.rev).toBe(room.rev);
      const { unread, mentions } = countsOf(room, "me", lastReadSeq);
      const held = state.conversations.get(room.id)?.messages ?? [];
      if (held.length > 0 && first() <= lastReadSeq + 1) {
        expect(state.rooms.get(room.id)?.me).toMatchObject({ unread, mentions });
      }
    }),
    { numRuns: 400 },
  );
});

/** The room as it was at `rev`. */
function replay(room: TestRoom, rev: number): TestRoom {
  const past = testRoom(room.id);
  for (const one of room.changes.slice(0, rev)) {
    if ("message" in one) {
      const place = past.messages.findIndex((message) => message.id === one.message.id);
      if (place < 0) past.messages.push(one.message);
      else past.messages[place] = one.message;
    } else {
      const place = past.messages.findIndex((message) => message.id === one.messageId);
      const held = past.messages[place];
      if (held) past.messages[place] = { ...held, rev: one.rev, reactions: one.reactions };
    }
  }
  past.rev = rev;
  return past;
}
