import type { Message } from "@/lib/protocol/objects";
import type { MessageChanges, MessagePage } from "@/lib/protocol/routes";
import { call } from "../harness/call";
import { openScene, refusal, type Scene, say } from "../harness/scene";

type Name = "ada" | "oscar";
const COUNT = 25;
let scene: Scene<Name>;
let roomId: string;
let messages: Message[];

const ask = async (query: Record<string, string | number>, name: Name = "ada") =>
  call(scene.people[name], "GET /api/messages", { query });
const page = async (query: Record<string, string | number> = {}) => (await ask({ roomId, ...query })) as MessagePage;
const changes = async (query: Record<string, string | number>) => (await ask({ roomId, ...query })) as MessageChanges;
const seqs = (list: { messages: Message[] }) => list.messages.map(({ seq }) => seq);
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

beforeAll(async () => {
  scene = await openScene(["ada", "oscar"]);
  roomId = (await scene.room(["ada"])).id;
  messages = [];
  for (let index = 1; index <= COUNT; index += 1) {
    messages.push((await say(scene.people.ada, roomId, `number ${index}`)).message);
  }
}, 60_000);

test("the newest page comes first, and the whole room can be read upwards from it", async () => {
  const newest = await page({ limit: 10 });
  expect(seqs(newest)).toEqual(range(16, 25));
  expect(newest.newer).toBeNull();
  const middle = await page({ limit: 10, cursor: newest.older ?? "" });
  expect(seqs(middle)).toEqual(range(6, 15));
  const oldest = await page({ limit: 10, cursor: middle.older ?? "" });
  expect(seqs(oldest)).toEqual(range(1, 5));
  expect(oldest.older).toBeNull();
});

test("and downwards again", async () => {
  const first = await page({ limit: 10, around: messages[0]?.id ?? "" });
  expect(seqs(first)).toEqual(range(1, 10));
  const second = await page({ limit: 10, cursor: first.newer ?? "" });
  expect(seqs(second)).toEqual(range(11, 20));
  const third = await page({ limit: 10, cursor: second.newer ?? "" });
  expect(seqs(third)).toEqual(range(21, 25));
  expect(third.newer).toBeNull();
});

test("a page that ends with the room has no way on", async () => {
  const all = await page({ limit: 25 });
  expect(seqs(all)).toEqual(range(1, 25));
  expect([all.older, all.newer]).toEqual([null, null]);
  expect(seqs(await page())).toEqual(range(1, 25));
});

test.each([
  [1, 1, 10],
  [3, 1, 10],
  [12, 7, 16],
  [24, 16, 25],
])("around number %i stand %i to %i", async (seq, from, to) => {
  expect(seqs(await page({ limit: 10, around: messages[seq - 1]?.id ?? "" }))).toEqual(range(from, to));
});

test("around a message of another room, or of none, is not found", async () => {
  const other = await scene.room(["ada"]);
  const { message } = await say(scene.people.ada, other.id, "elsewhere");
  expect(await refusal(page({ around: message.id }))).toBe("not_found");
  expect(await refusal(page({ around: "nothing" }))).toBe("not_found");
});

test("an empty room has an empty page", async () => {
  const empty = await scene.room(["ada"]);
  expect(await ask({ roomId: empty.id })).toEqual({ messages: [], older: null, newer: null });
  expect(await ask({ roomId: empty.id, since: 0 })).toEqual({ messages: [], rev: 0, more: false });
});

test("changes since a number come as they stand now, in order of change, without a gap between pages", async () => {
  const { id } = await scene.room(["ada"]);
  const socket = await scene.connect("ada");
  const sent = [];
  for (const text of ["a", "b", "c", "d"]) sent.push((await say(scene.people.ada, id, text)).message.id);
  const [a = "", b = "", c = "", d = ""] = sent;
  await socket.emit("message:edit", { messageId: b, content: "B" });
  await socket.emit("message:react", { messageId: a, emoji: "👍" });
  await socket.emit("message:delete", { messageId: c });

  const first = (await ask({ roomId: id, since: 3, limit: 2 })) as MessageChanges;
  expect(first.messages.map((message) => [message.id, message.rev])).toEqual([
    [d, 4],
    [b, 5],
  ]);
  expect([first.rev, first.more]).toEqual([5, true]);
  const rest = (await ask({ roomId: id, since: first.rev, limit: 2 })) as MessageChanges;
  expect(rest.messages.map((message) => [message.id, message.rev])).toEqual([
    [a, 6],
    [c, 7],
  ]);
  expect([rest.rev, rest.more]).toEqual([7, false]);
  expect(rest.messages[1]).toMatchObject({ content: "" });
  expect(await ask({ roomId: id, since: 7 })).toEqual({ messages: [], rev: 7, more: false });
  expect(await ask({ roomId: id, since: 99 })).toEqual({ messages: [], rev: 7, more: false });
  socket.close();
});

test("a page keeps its meaning while the room grows", async () => {
  const { id } = await scene.room(["ada"]);
  for (const text of ["1", "2", "3", "4"]) await say(scene.people.ada, id, text);
  const newest = (await ask({ roomId: id, limit: 2 })) as MessagePage;
  await say(scene.people.ada, id, "5");
  const older = (await ask({ roomId: id, limit: 2, cursor: newest.older ?? "" })) as MessagePage;
  expect(seqs(older)).toEqual([1, 2]);
  const again = (await ask({ roomId: id, limit: 2, cursor: older.newer ?? "" })) as MessagePage;
  expect(seqs(again)).toEqual([3, 4]);
  expect(again.newer).not.toBeNull();
});

test.each<[string, Record<string, string | number>]>([
  ["limit 0", { limit: 0 }],
  ["limit 101", { limit: 101 }],
  ["a negative limit", { limit: -1 }],
  ["a limit of 1e6", { limit: "1e6" }],
  ["a limit that is no number", { limit: "ten" }],
  ["a negative since", { since: -1 }],
  ["a since that is not whole", { since: "1.5" }],
  ["a huge since", { since: "9".repeat(30) }],
  ["a cursor that is none", { cursor: "abc" }],
  ["a cursor of another list", { cursor: Buffer.from('["rooms","x"]').toString("base64url") }],
  ["a cursor with an impossible place", { cursor: Buffer.from('["messages","older",1e300]').toString("base64url") }],
  ["a cursor with no such direction", { cursor: Buffer.from('["messages","sideways",5]').toString("base64url") }],
  ["since and cursor", { since: 1, cursor: "abc" }],
  ["an unknown parameter", { page: 2 }],
])("%s is invalid", async (_, query) => {
  expect(await refusal(ask({ roomId, ...query }))).toBe("invalid");
});

test("a parameter given twice is invalid, and so is no room at all", async () => {
  await scene.people.ada.api("get", `/api/messages?roomId=${roomId}&roomId=x`).expect(400);
  await scene.people.ada.api("get", "/api/messages").expect(400);
});

test("the cursor of one room opens no other", async () => {
  const mine = await scene.room(["oscar"]);
  const { older } = await page({ limit: 1 });
  expect(await ask({ roomId: mine.id, cursor: older ?? "" }, "oscar")).toMatchObject({ messages: [] });
  expect(await refusal(ask({ roomId, cursor: older ?? "" }, "oscar"))).toBe("not_found");
  expect(await refusal(ask({ roomId, since: 0 }, "oscar"))).toBe("not_found");
  expect(await refusal(ask({ roomId, around: messages[0]?.id ?? "" }, "oscar"))).toBe("not_found");
});

test("a page of 100 is answered, and changes too", async () => {
  expect(seqs(await page({ limit: 100 }))).toHaveLength(COUNT);
  expect((await changes({ since: 0, limit: 100 })).messages).toHaveLength(COUNT);
});
