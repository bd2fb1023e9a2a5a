import { call, callForStatus } from "../harness/call";
import type { Connection } from "../harness/connection";
import { heardOf, newClientId, openScene, refusal, type Scene, send } from "../harness/scene";

type Name = "ada" | "bob" | "cleo" | "oscar";
let scene: Scene<Name>;
let ada: Connection;
let bob: Connection;
let oscar: Connection;

beforeAll(async () => {
  scene = await openScene(["ada", "bob", "cleo", "oscar"]);
  [ada, bob, oscar] = await Promise.all([scene.connect("ada"), scene.connect("bob"), scene.connect("oscar")]);
}, 60_000);

const by = (name: Name) => scene.people[name];
const idOf = (name: Name) => by(name).user.id;
const roomOf = async (name: Name, roomId: string) =>
  (await call(by(name), "GET /api/rooms/[id]", { params: { id: roomId } })).room;

describe("sending", () => {
  test("is acknowledged with the stored message, which the whole room hears, its author included, and nobody else", async () => {
    const room = await scene.room(["ada", "bob"]);
    const clientId = newClientId();
    const { message } = await send(ada, room.id, "Grüße, *Welt*", { clientId });
    expect(message).toMatchObject({
      roomId: room.id,
      seq: 1,
      rev: 1,
      clientId,
      user: { id: idOf("ada") },
      type: "text",
      content: "Grüße, *Welt*",
      files: [],
      replyTo: null,
      threadId: null,
      mentions: [],
      reactions: [],
      editedAt: null,
      deletedAt: null,
      pinnedAt: null,
    });
    for (const socket of [ada, bob]) {
      expect((await socket.next("message:new", (heard) => heard.message.id === message.id)).message).toEqual(message);
    }
    await scene.fence(oscar);
    expect(heardOf(oscar, room.id)).toEqual([]);
  });

  test("by REST is the same, with 201 for a new message and 200 for a repeat", async () => {
    const room = await scene.room(["ada", "bob"]);
    const body = { roomId: room.id, clientId: newClientId(), content: "by post" };
    const first = await callForStatus(by("bob"), "POST /api/messages", { body });
    const repeat = await callForStatus(by("bob"), "POST /api/messages", { body });
    expect([first.status, repeat.status]).toEqual([201, 200]);
    expect(repeat.output).toEqual(first.output);
    await ada.next("message:new", (heard) => heard.message.id === first.output.message.id);
    await scene.fence(ada);
    expect(ada.of("message:new").filter(({ message }) => message.clientId === body.clientId)).toHaveLength(1);
  });

  test("normalises text to NFC and keeps everything else", async () => {
    const room = await scene.room(["ada"]);
    const { message } = await send(ada, room.id, "  e\u0301 \n\ttab & <b>bold</b> 👩‍👩‍👧  ");
    expect(message.content).toBe("  é \n\ttab & <b>bold</b> 👩‍👩‍👧  ");
  });

  test("takes 4,000 emoji, and nothing longer, blank or broken", async () => {
    const room = await scene.room(["ada"]);
    const { message } = await send(ada, room.id, "🦜".repeat(4_000));
    expect([...message.content]).toHaveLength(4_000);
    for (const content of [
      "x".repeat(4_001),
      "🦜".repeat(4_001),
      "",
      "   \n",
      "\u200b\u2060\ufeff",
      "a\0b",
      "\ud800",
    ]) {
      expect(await refusal(send(ada, room.id, content))).toBe("invalid");
    }
    expect((await roomOf("ada", room.id)).lastSeq).toBe(1);
  });

  test("numbers what many say at once without gaps, in the order each one said it, and announces it in that order", async () => {
    const room = await scene.room(["ada", "bob", "cleo"]);
    const batching = await scene.connect("cleo", { batch: true });
    const said = (name: string) => Array.from({ length: 40 }, (_, index) => `${name} ${index}`);
    await Promise.all(
      (
        [
          ["ada", ada],
          ["bob", bob],
        ] as const
      ).flatMap(([name, socket]) => said(name).map((content) => retryWhenBusy(() => send(socket, room.id, content)))),
    );
    const last = await send(ada, room.id, "that was all");
    expect(last.message.seq).toBe(81);
    await bob.next("message:new", ({ message }) => message.id === last.message.id);
    const order = bob.of("message:new").filter(({ message }) => message.roomId === room.id);
    expect(order.map(({ message }) => message.seq)).toEqual(Array.from({ length: 81 }, (_, index) => index + 1));
    expect(order.map(({ message }) => message.rev)).toEqual(order.map(({ message }) => message.seq));
    await scene.fence(batching, oscar);
    const batched = batching.heard.flatMap(({ payload }) => {
      if ("messages" in payload) return payload.messages;
      return "message" in payload && !("kind" in payload) ? [payload.message] : [];
    });
    const inRoom = batched.filter(({ roomId }) => roomId === room.id);
    expect(inRoom.map(({ rev }) => rev)).toEqual(order.map(({ message }) => message.rev));
    expect(batching.of("message:batch").length).toBeGreaterThan(0);
    expect(bob.of("message:batch")).toEqual([]);
    expect(heardOf(oscar, room.id)).toEqual([]);
    batching.close();
  });

  test("keeps the order of what one person says in one go", async () => {
    const room = await scene.room(["ada", "bob"]);
    const contents = Array.from({ length: 15 }, (_, index) => `line ${index}`);
    const answers = await Promise.all(contents.map((content) => send(ada, room.id, content)));
    expect(answers.toSorted((a, b) => a.message.seq - b.message.seq).map(({ message }) => message.content)).toEqual(
      contents,
    );
  });

  test("refuses files that were never uploaded and threads that do not exist", async () => {
    const room = await scene.room(["ada"]);
    const base = { roomId: room.id, clientId: newClientId(), content: "x" };
    expect(await refusal(ada.emit("message:send", { ...base, fileIds: ["nothing"] }))).toBe("invalid");
    expect(await refusal(ada.emit("message:send", { ...base, threadId: "nothing" }))).toBe("invalid");
  });
});

/** A socket may have 20 requests under way: more are asked for again. */
async function retryWhenBusy<T>(attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    let answer: T | undefined;
    const code = await refusal(
      attempt().then((value) => {
        answer = value;
      }),
    );
    if (code === undefined) return answer as T;
    if (code !== "rate_limited") throw new Error(code);
  }
}

describe("a clientId", () => {
  test("used ten times at once, over sockets and REST, is one message, announced once", async () => {
    const room = await scene.room(["ada", "bob"]);
    const body = { roomId: room.id, clientId: newClientId(), content: "only once" };
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        index % 2 ? ada.emit("message:send", body) : call(by("ada"), "POST /api/messages", { body }),
      ),
    );
    expect(new Set(answers.map(({ message }) => message.id)).size).toBe(1);
    expect((await roomOf("ada", room.id)).lastSeq).toBe(1);
    await scene.fence(bob);
    expect(bob.of("message:new").filter(({ message }) => message.clientId === body.clientId)).toHaveLength(1);
  });

  test("with other content, another reply or another room is a conflict that takes no number", async () => {
    const [room, other] = [await scene.room(["ada"]), await scene.room(["ada"])];
    const { message: target } = await send(ada, room.id, "target");
    const clientId = newClientId();
    const { message } = await send(ada, room.id, "mine", { clientId });
    expect(await refusal(send(ada, room.id, "not mine", { clientId }))).toBe("conflict");
    expect(await refusal(send(ada, other.id, "mine", { clientId }))).toBe("conflict");
    expect(await refusal(send(ada, room.id, "mine", { clientId, replyToId: target.id }))).toBe("conflict");
    expect(await roomOf("ada", room.id)).toMatchObject({ lastSeq: 2, rev: 2 });
    expect(await roomOf("ada", other.id)).toMatchObject({ lastSeq: 0, rev: 0 });
    expect((await send(ada, room.id, "next")).message.seq).toBe(message.seq + 1);
  });

  test("of another person is another message", async () => {
    const room = await scene.room(["ada", "bob"]);
    const clientId = newClientId();
    const [mine, theirs] = [
      await send(ada, room.id, "same", { clientId }),
      await send(bob, room.id, "same", { clientId }),
    ];
    expect(mine.message.id).not.toBe(theirs.message.id);
  });

  test("is compared after normalising, and to what was first sent, not to an edit or a deletion", async () => {
    const room = await scene.room(["ada"]);
    const clientId = newClientId();
    const { message } = await send(ada, room.id, "cafe\u0301", { clientId });
    expect((await send(ada, room.id, "café", { clientId })).message.id).toBe(message.id);
    await ada.emit("message:edit", { messageId: message.id, content: "tea" });
    expect((await send(ada, room.id, "café", { clientId })).message).toMatchObject({ id: message.id, content: "tea" });
    expect(await refusal(send(ada, room.id, "tea", { clientId }))).toBe("conflict");
    await ada.emit("message:delete", { messageId: message.id });
    expect((await send(ada, room.id, "café", { clientId })).message.deletedAt).not.toBeNull();
  });

  test("used again after one was removed says that the message is stored, and nothing of what came after", async () => {
    const room = await scene.room(["ada", "bob"]);
    const clientId = newClientId();
    const { message: question } = await send(ada, room.id, "asked");
    const more = { clientId, replyToId: question.id };
    const { message } = await send(bob, room.id, "said as a member", more);
    const params = { id: room.id, userId: idOf("bob") };
    await call(by("ada"), "DELETE /api/rooms/[id]/members/[userId]", { params, body: {} });
    await ada.emit("message:react", { messageId: message.id, emoji: "🤫" });
    await ada.emit("message:edit", { messageId: question.id, content: "among ourselves" });
    const { message: repeat } = await send(bob, room.id, "said as a member", more);
    expect(repeat).toMatchObject({ id: message.id, content: "said as a member", reactions: [], replyTo: null });
    expect(await refusal(send(bob, room.id, "said as a stranger"))).toBe("not_found");
  });

  test.each(["short", "x".repeat(65), "has a space", "ünïcödé-id", ""])("that is %j is invalid", async (clientId) => {
    expect(await refusal(send(ada, scene.lobby.id, "x", { clientId }))).toBe("invalid");
  });
});
