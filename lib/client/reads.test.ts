import { ApiError, unreachable } from "./api-error";
import { emptyConversation } from "./apply";
import { createReads } from "./reads";
import type { RoomList } from "./room-list";
import { takeRoom } from "./rooms";
import type { Emit } from "./socket";
import { createChatStore } from "./store";
import { roomAnswer, say, testClock, testRoom } from "./test-world";

const settled = () => new Promise((resolve) => setImmediate(resolve));

/** Five messages of somebody else, of which none is read, and a server that answers when the test says so. */
function scene() {
  const room = testRoom();
  for (let count = 0; count < 5; count += 1) say(room, "ada");
  const conversation = { ...emptyConversation("room"), status: "ready" as const, messages: room.messages };
  const store = createChatStore({
    me: { id: "me" } as never,
    connection: { state: "online", waiting: 0 },
    conversations: new Map([["room", conversation]]),
  });
  store.setState((state) => takeRoom(state, roomAnswer(room, "me", 0), false));
  const clock = testClock();
  const told: { seq: number; fail: (error: Error) => void }[] = [];
  const emit: Emit = (_, input) =>
    new Promise((_resolve, reject) => {
      const seq = room.messages.find(({ id }) => "messageId" in input && id === input.messageId)?.seq ?? 0;
      told.push({ seq, fail: reject });
    });
  const rooms = { touch: () => {}, refreshUnclear: () => {} } as unknown as RoomList;
  return { clock, told, reads: createReads({ store, clock, emit, rooms }) };
}

test("what was read while an answer was late is told afterwards", async () => {
  const { clock, told, reads } = scene();
  reads.mark("room", 2);
  reads.mark("room", 5);
  clock.advance(5_000);
  expect(told.map(({ seq }) => seq)).toEqual([2]);
  told[0]?.fail(unreachable());
  await settled();
  clock.advance(1_000);
  expect(told.map(({ seq }) => seq)).toEqual([2, 5]);
  reads.stop();
});

test("a mark that the server refuses is told again only when it moves", async () => {
  const { clock, told, reads } = scene();
  reads.mark("room", 2);
  told[0]?.fail(new ApiError("not_found", "This message was not found."));
  await settled();
  clock.advance(60_000);
  expect(told).toHaveLength(1);
  reads.mark("room", 3);
  expect(told.map(({ seq }) => seq)).toEqual([2, 3]);
  reads.stop();
});

test("after the end nothing is told, whatever was under way", async () => {
  const { clock, told, reads } = scene();
  reads.mark("room", 2);
  reads.stop();
  told[0]?.fail(unreachable());
  await settled();
  clock.advance(60_000);
  expect(told).toHaveLength(1);
});
