import type { Conversation, PendingMessage } from "@/lib/client/state";
import type { Message } from "@/lib/protocol/objects";
import { prepended, replaced, type TimelineItem, timeline } from "./timeline";

const me = { id: "me" };
const start = new Date(2026, 2, 3, 10, 0).getTime();

function message(seq: number, minutes: number, more: Partial<Message> = {}): Message {
  const author = more.user?.id ?? "ada";
  return {
    id: `m${seq}`,
    roomId: "room",
    seq,
    rev: seq,
    clientId: `client-${seq}`,
    user: { id: author, username: author, name: author, avatar: null },
    type: "text",
    content: `message ${seq}`,
    files: [],
    replyTo: null,
    threadId: null,
    mentions: [],
    reactions: [],
    createdAt: new Date(start + minutes * 60_000).toISOString(),
    editedAt: null,
    deletedAt: null,
    pinnedAt: null,
    ...more,
  };
}

const by = (id: string) => ({ user: { id, username: id, name: id, avatar: null } });

function conversation(messages: Message[], more: Partial<Conversation> = {}): Conversation {
  const edge = { more: false, cursor: null, status: "idle" } as const;
  return {
    roomId: "room",
    status: "ready",
    error: null,
    messages,
    older: edge,
    newer: edge,
    dividerSeq: null,
    target: null,
    ...more,
  };
}

function pending(clientId: string, minutes: number): PendingMessage {
  return {
    clientId,
    roomId: "room",
    content: "soon",
    replyTo: null,
    createdAt: start + minutes * 60_000,
    state: "sending",
    error: null,
  };
}

const outline = (items: TimelineItem[]) =>
  items.map((item) => {
    if (item.kind === "message") return `${item.message.id}:${item.shape}`;
    if (item.kind === "pending") return `${item.pending.clientId}:${item.shape}`;
    return item.kind;
  });

test("messages of one author within five minutes stand under one name", () => {
  const items = timeline(
    conversation([message(1, 0), message(2, 5), message(3, 10.1), message(4, 11, by("ben")), message(5, 11)]),
    [],
    me,
  );
  expect(outline(items)).toEqual(["beginning", "day", "m1:head", "m2:follow", "m3:head", "m4:head", "m5:head"]);
});

test("a new day, the New divider, a reply and a system message begin a group", () => {
  const quote = { id: "m1", seq: 1, user: { id: "ada", username: "ada", name: "Ada" }, excerpt: "…" };
  const items = timeline(
    conversation(
      [
        message(1, 0),
        message(2, 1, { replyTo: quote }),
        message(3, 2, { type: "system" }),
        message(4, 3),
        message(5, 4),
        message(6, 14 * 60),
      ],
      { dividerSeq: 4 },
    ),
    [],
    me,
  );
  expect(outline(items)).toEqual([
    "beginning",
    "day",
    "m1:head",
    "m2:head",
    "m3:head",
    "m4:head",
    "new",
    "m5:head",
    "day",
    "m6:head",
  ]);
});

test("the divider stands above the first unread message of somebody else", () => {
  const items = timeline(
    conversation([message(1, 0), message(2, 1, by("me")), message(3, 2)], { dividerSeq: 1 }),
    [],
    me,
  );
  expect(outline(items)).toEqual(["beginning", "day", "m1:head", "m2:head", "new", "m3:head"]);
});

test("there is no divider while what lies above it is not loaded", () => {
  const more = { more: true, cursor: null, status: "idle" } as const;
  const page = [message(8, 0), message(9, 1)];
  expect(outline(timeline(conversation(page, { dividerSeq: 5, older: more }), [], me))).not.toContain("new");
  expect(outline(timeline(conversation(page, { dividerSeq: 7, older: more }), [], me))).toContain("new");
});

test("a deleted message shows only while a reply points at it, and never changes the number of items", () => {
  const quote = { id: "m1", seq: 1, user: { id: "ada", username: "ada", name: "Ada" }, excerpt: "…" };
  const deletedAt = new Date(start).toISOString();
  const kept = conversation([message(1, 0), message(2, 1), message(3, 2, { replyTo: quote })]);
  const gone = conversation([
    message(1, 0, { deletedAt }),
    message(2, 1, { deletedAt }),
    message(3, 2, { replyTo: quote }),
  ]);
  expect(timeline(gone, [], me)).toHaveLength(timeline(kept, [], me).length);
  expect(outline(timeline(gone, [], me))).toEqual(["beginning", "day", "m1:head", "m2:hidden", "m3:head"]);
});

test("own unsent messages follow the end, under the keys that they keep once stored", () => {
  const items = timeline(conversation([message(1, 0, by("me"))]), [pending("client-2", 1)], me);
  const stored = timeline(conversation([message(1, 0, by("me")), message(2, 1, by("me"))]), [], me);
  expect(outline(items)).toEqual(["beginning", "day", "m1:head", "client-2:follow"]);
  expect(items.map((item) => item.key)).toEqual(stored.map((item) => item.key));
});

test("what is stored already is not shown as unsent beside it", () => {
  const items = timeline(conversation([message(1, 0, by("me"))]), [pending("client-1", 0), pending("client-2", 1)], me);
  expect(outline(items)).toEqual(["beginning", "day", "m1:head", "client-2:follow"]);
});

test("a device whose clock is behind opens no earlier day", () => {
  const items = timeline(conversation([message(1, 0)]), [pending("client-2", -26 * 60)], me);
  expect(items.filter((item) => item.kind === "day")).toHaveLength(1);
});

test("away from the end the edge is shown, and nothing unsent below it", () => {
  const more = { more: true, cursor: null, status: "error" } as const;
  const items = timeline(conversation([message(1, 0)], { older: more, newer: more }), [pending("client-2", 1)], me);
  expect(outline(items)).toEqual(["older", "day", "m1:head", "newer"]);
});

test("tells how many items came in front", () => {
  const more = { more: true, cursor: null, status: "idle" } as const;
  const before = timeline(conversation([message(5, 4), message(6, 5)], { older: more }), [], me);
  const page = [message(3, 2), message(4, 3), message(5, 4), message(6, 5)];
  expect(prepended(before, timeline(conversation(page, { older: more }), [], me))).toBe(2);
  expect(prepended(before, timeline(conversation([message(5, 4), message(6, 5), message(7, 6)]), [], me))).toBe(0);
});

test("tells a stretch that took another's place from one that grew", () => {
  const stretch = (...seqs: number[]) => timeline(conversation(seqs.map((seq) => message(seq, seq))), [], me);
  const before = stretch(5, 6);
  expect(replaced(before, stretch(3, 4, 5, 6))).toBe(false);
  expect(replaced(before, stretch(5, 6, 7))).toBe(false);
  expect(replaced(before, stretch(4, 5, 6, 7))).toBe(true);
  expect(replaced(before, stretch(6, 7))).toBe(true);
  expect(replaced(before, before)).toBe(false);
  expect(replaced([], before)).toBe(false);
});
