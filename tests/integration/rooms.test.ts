import { call } from "../harness/call";
import type { Connection } from "../harness/connection";
import { heardOf, openScene, refusal, type Scene, say } from "../harness/scene";

type Name = "ada" | "bob" | "cleo" | "oscar";
let scene: Scene<Name>;
let ada: Connection;
let bob: Connection;
let oscar: Connection;

beforeAll(async () => {
  scene = await openScene(["ada", "bob", "cleo", "oscar"]);
  [ada, bob, oscar] = await Promise.all([
    scene.connect("ada"),
    scene.connect("bob"),
    // The outsider: in the lobby, and in no room that a test makes.
    scene.connect("oscar", { batch: true }),
  ]);
}, 60_000);

const by = (name: Name) => scene.people[name];
const idOf = (name: Name) => by(name).user.id;
const rooms = async (name: Name) => (await call(by(name), "GET /api/rooms")).rooms;

describe("creating a room", () => {
  test("makes its creator admin, adds whom they name, and tells all of them and nobody else", async () => {
    const { room } = await call(by("ada"), "POST /api/rooms", {
      body: { name: "Engine  room", description: "Steam", isPrivate: true, memberIds: [idOf("bob"), idOf("bob")] },
    });
    expect(room).toMatchObject({
      kind: "room",
      name: "Engine  room",
      description: "Steam",
      isPrivate: true,
      createdBy: idOf("ada"),
      memberCount: 2,
      lastSeq: 0,
      rev: 0,
      me: { role: "admin", lastReadSeq: 0, unread: 0, mentions: 0, notify: "all", muted: false, starred: false },
    });
    const told = await bob.next("room:joined", (heard) => heard.room.id === room.id);
    expect(told.room.me?.role).toBe("member");
    await ada.next("room:joined", (heard) => heard.room.id === room.id);
    await bob.next("room:user-joined", (heard) => heard.roomId === room.id && heard.user.id === idOf("ada"));
    expect((await rooms("bob")).find(({ id }) => id === room.id)?.memberCount).toBe(2);
    await scene.fence(oscar);
    expect(heardOf(oscar, room.id)).toEqual([]);
    expect((await rooms("oscar")).map(({ id }) => id)).not.toContain(room.id);
  });

  test("subscribes the sockets of everybody in it at once", async () => {
    const room = await scene.room(["ada", "bob"]);
    const { message } = await say(by("ada"), room.id, "first words");
    await bob.next("message:new", (heard) => heard.message.id === message.id);
    await ada.next("message:new", (heard) => heard.message.id === message.id);
  });

  test("with somebody unknown makes none", async () => {
    const body = { name: "Half a room", memberIds: [idOf("bob"), "nobody-at-all"] };
    expect(await refusal(call(by("ada"), "POST /api/rooms", { body }))).toBe("invalid");
    expect((await rooms("ada")).map(({ name }) => name)).not.toContain("Half a room");
  });

  test("takes a public room's name once, whatever its case and width; private rooms may share theirs", async () => {
    await call(by("ada"), "POST /api/rooms", { body: { name: "General" } });
    for (const name of ["General", "gENERAL", "ｇｅｎｅｒａｌ", "  General "]) {
      expect(await refusal(call(by("bob"), "POST /api/rooms", { body: { name } }))).toBe("conflict");
    }
    await call(by("bob"), "POST /api/rooms", { body: { name: "General", isPrivate: true } });
    await call(by("bob"), "POST /api/rooms", { body: { name: "General", isPrivate: true } });
  });

  test.each([
    ["blank", "   "],
    ["zero-width", "\u200b\u200b"],
    ["too long", "x".repeat(81)],
    ["with a line break", "two\nlines"],
    ["with a direction override", "abc\u202edef"],
    ["with NUL", "a\0b"],
    ["with half an emoji", "a\ud83d"],
  ])("with a name that is %s is invalid", async (_, name) => {
    expect(await refusal(call(by("ada"), "POST /api/rooms", { body: { name } }))).toBe("invalid");
  });
});

describe("a room's details", () => {
  test("hold the first page of its members", async () => {
    const room = await scene.room(["ada", "bob"]);
    const details = await call(by("bob"), "GET /api/rooms/[id]", { params: { id: room.id } });
    expect(details.room.me?.role).toBe("member");
    expect(details.members.map(({ user, role }) => [user.name, role])).toEqual([
      ["ada", "admin"],
      ["bob", "member"],
    ]);
    expect(details.next).toBeNull();
  });

  test("of a public room are there for everybody, without a side of their own for strangers", async () => {
    const room = await scene.room(["ada"], { isPrivate: false });
    const details = await call(by("oscar"), "GET /api/rooms/[id]", { params: { id: room.id } });
    expect(details.room.id).toBe(room.id);
    expect(details.room.me).toBeUndefined();
  });

  test("of a private room look to a stranger as if it did not exist", async () => {
    const room = await scene.room(["ada"]);
    const answers = await Promise.all(
      [room.id, "no-such-room"].map(async (id) => {
        const { status, body } = await by("oscar").api("get", `/api/rooms/${id}`);
        return { status, error: { ...body.error, requestId: "" } };
      }),
    );
    expect(answers[0]?.status).toBe(404);
    expect(answers[0]).toEqual(answers[1]);
  });
});

describe("changing a room", () => {
  test("tells its members and says in it what changed", async () => {
    const room = await scene.room(["ada", "bob"], { name: "Old name" });
    const changed = await call(by("ada"), "PATCH /api/rooms/[id]", {
      params: { id: room.id },
      body: { name: "New name", description: "A topic" },
    });
    expect(changed.room).toMatchObject({ name: "New name", description: "A topic", lastSeq: 2, rev: 2 });
    const updated = await bob.next("room:updated", (heard) => heard.room.id === room.id);
    expect(updated.room.name).toBe("New name");
    expect(updated.room.me).toBeUndefined();
    const said = await Promise.all(
      [1, 2].map((seq) =>
        bob.next("message:new", (heard) => heard.message.roomId === room.id && heard.message.seq === seq),
      ),
    );
    expect(said.map(({ message }) => [message.type, message.user.id, message.content])).toEqual([
      ["system", idOf("ada"), "renamed the room from “Old name” to “New name”"],
      ["system", idOf("ada"), "set the topic: A topic"],
    ]);
    await scene.fence(oscar);
    expect(heardOf(oscar, room.id)).toEqual([]);
  });

  test("to what it is already says nothing", async () => {
    const room = await scene.room(["ada", "bob"], { name: "Same" });
    await call(by("ada"), "PATCH /api/rooms/[id]", { params: { id: room.id }, body: { name: "Same" } });
    await scene.fence(bob);
    expect(bob.of("room:updated").filter((heard) => heard.room.id === room.id)).toEqual([]);
    expect((await call(by("ada"), "GET /api/rooms/[id]", { params: { id: room.id } })).room.lastSeq).toBe(0);
  });

  test("into a public one needs a name that is free", async () => {
    await call(by("ada"), "POST /api/rooms", { body: { name: "Taken by ada" } });
    const room = await scene.room(["bob"], { name: "taken BY ada" });
    const open = { params: { id: room.id }, body: { isPrivate: false } };
    expect(await refusal(call(by("bob"), "PATCH /api/rooms/[id]", open))).toBe("conflict");
    const renamed = { params: { id: room.id }, body: { isPrivate: false, name: "Free of ada" } };
    expect((await call(by("bob"), "PATCH /api/rooms/[id]", renamed)).room.isPrivate).toBe(false);
  });
});

describe("archiving a room", () => {
  test("takes it from everybody, their sockets included, and frees its name", async () => {
    const room = await scene.room(["ada", "bob"], { name: "Short-lived", isPrivate: false });
    const { message } = await say(by("ada"), room.id, "to be gone");
    await call(by("ada"), "DELETE /api/rooms/[id]", { params: { id: room.id } });
    const removed = await bob.next("room:removed", (heard) => heard.roomId === room.id);
    expect(removed.reason).toBe("archived");
    expect((await rooms("ada")).map(({ id }) => id)).not.toContain(room.id);
    for (const name of ["ada", "bob", "oscar"] as const) {
      expect(await refusal(call(by(name), "GET /api/rooms/[id]", { params: { id: room.id } }))).toBe("not_found");
      expect(await refusal(call(by(name), "GET /api/messages", { query: { roomId: room.id } }))).toBe("not_found");
      expect(await refusal(say(by(name), room.id, "hello?"))).toBe("not_found");
    }
    expect(await refusal(bob.emit("room:join", { roomId: room.id }))).toBe("not_found");
    expect(await refusal(ada.emit("message:edit", { messageId: message.id, content: "still?" }))).toBe("not_found");
    const { left } = await bob.emit("sync", { rooms: [{ roomId: room.id, rev: 1 }] });
    expect(left).toEqual([room.id]);
    await call(by("bob"), "POST /api/rooms", { body: { name: "Short-lived" } });
    await scene.fence(oscar);
    expect(heardOf(oscar, room.id)).toEqual([]);
  });
});

describe("joining and leaving", () => {
  test("a public room: the event answers with its first screen, and the rest of the room hears of it", async () => {
    const room = await scene.room(["ada"], { isPrivate: false });
    const { message } = await say(by("ada"), room.id, "before bob");
    const joined = await bob.emit("room:join", { roomId: room.id });
    expect(joined.room).toMatchObject({
      id: room.id,
      memberCount: 2,
      me: { role: "member", lastReadSeq: 1, unread: 0 },
    });
    expect(joined.messages.map(({ id }) => id)).toEqual([message.id]);
    expect(joined.older).toBeNull();
    expect(joined.members.map(({ user }) => user.name)).toEqual(["ada", "bob"]);
    expect(joined.online.toSorted()).toEqual([idOf("ada"), idOf("bob")].toSorted());
    const heard = await ada.next("room:user-joined", (one) => one.roomId === room.id && one.user.id === idOf("bob"));
    expect(heard.by).toBeUndefined();

    const again = await bob.emit("room:join", { roomId: room.id });
    expect(again.room.memberCount).toBe(2);
    const { message: second } = await say(by("ada"), room.id, "after bob");
    await bob.next("message:new", (one) => one.message.id === second.id);
    expect(bob.of("message:new").filter((one) => one.message.id === second.id)).toHaveLength(1);

    await bob.emit("room:leave", { roomId: room.id });
    expect((await bob.next("room:removed", (one) => one.roomId === room.id)).reason).toBe("left");
    await ada.next("room:user-left", (one) => one.roomId === room.id && one.user.id === idOf("bob"));
    const { message: third } = await say(by("ada"), room.id, "without bob");
    await ada.next("message:new", (one) => one.message.id === third.id);
    await scene.fence(bob, oscar);
    expect(heardOf(bob, third.id)).toEqual([]);
    expect(heardOf(oscar, room.id)).toEqual([]);
  });

  test("by REST is idempotent both ways", async () => {
    const room = await scene.room(["ada"], { isPrivate: false });
    const params = { id: room.id };
    for (const _ of [1, 2]) {
      const { room: joined } = await call(by("bob"), "POST /api/rooms/[id]/join", { params, body: {} });
      expect(joined).toMatchObject({ memberCount: 2, me: { role: "member" } });
    }
    await bob.next("room:joined", (heard) => heard.room.id === room.id);
    expect(
      ada.of("room:user-joined").filter((one) => one.roomId === room.id && one.user.id === idOf("bob")),
    ).toHaveLength(1);
    for (const _ of [1, 2]) await call(by("bob"), "DELETE /api/rooms/[id]/leave", { params });
    expect(await refusal(call(by("bob"), "GET /api/rooms/[id]/members", { params }))).toBe("not_found");
    await call(by("bob"), "DELETE /api/rooms/[id]/leave", { params: { id: "no-such-room" } });
  });

  test("a private room cannot be joined, nor told from one that does not exist", async () => {
    const room = await scene.room(["ada"]);
    expect(await refusal(oscar.emit("room:join", { roomId: room.id }))).toBe("not_found");
    const params = { id: room.id };
    expect(await refusal(call(by("oscar"), "POST /api/rooms/[id]/join", { params, body: {} }))).toBe("not_found");
    await say(by("ada"), room.id, "among ourselves");
    await scene.fence(oscar);
    expect(heardOf(oscar, room.id)).toEqual([]);
  });

  test("the last admin hands the room to the longest-standing moderator, else member", async () => {
    const room = await scene.room(["ada", "bob", "cleo"], { isPrivate: false });
    const role = async (name: Name) =>
      (await call(by(name), "GET /api/rooms/[id]", { params: { id: room.id } })).room.me?.role;
    const cleo = { params: { id: room.id, userId: idOf("cleo") }, body: { role: "moderator" as const } };
    await call(by("ada"), "PATCH /api/rooms/[id]/members/[userId]", cleo);
    await call(by("ada"), "DELETE /api/rooms/[id]/leave", { params: { id: room.id } });
    expect([await role("bob"), await role("cleo")]).toEqual(["member", "admin"]);
    await call(by("cleo"), "DELETE /api/rooms/[id]/leave", { params: { id: room.id } });
    expect(await role("bob")).toBe("admin");
    await call(by("bob"), "DELETE /api/rooms/[id]/leave", { params: { id: room.id } });
    // A public room that everybody left belongs to whoever comes first.
    const { room: found } = await call(by("oscar"), "POST /api/rooms/[id]/join", { params: { id: room.id }, body: {} });
    expect(found.me?.role).toBe("admin");
    await call(by("oscar"), "DELETE /api/rooms/[id]", { params: { id: room.id } });
  });

  test("a member who becomes admin by that hears of it", async () => {
    const room = await scene.room(["ada", "bob"]);
    await call(by("ada"), "DELETE /api/rooms/[id]/leave", { params: { id: room.id } });
    const told = await bob.next("room:updated", (heard) => heard.room.id === room.id);
    expect(told.room.me?.role).toBe("admin");
  });

  test("a private room that nobody is left in is gone", async () => {
    const room = await scene.room(["ada"]);
    await call(by("ada"), "DELETE /api/rooms/[id]/leave", { params: { id: room.id } });
    expect(await refusal(call(by("ada"), "GET /api/rooms/[id]", { params: { id: room.id } }))).toBe("not_found");
  });

  test("many at once are all in, once each", async () => {
    const room = await scene.room(["ada"], { isPrivate: false });
    const join = (name: Name) => call(by(name), "POST /api/rooms/[id]/join", { params: { id: room.id }, body: {} });
    await Promise.all(["bob", "cleo", "bob", "cleo", "bob"].map((name) => join(name as Name)));
    const { room: now, members } = await call(by("ada"), "GET /api/rooms/[id]", { params: { id: room.id } });
    expect(now.memberCount).toBe(3);
    expect(members).toHaveLength(3);
  });
});

describe("one's own side of a room", () => {
  test("is set by oneself, heard by one's own devices and by nobody else", async () => {
    const room = await scene.room(["ada", "bob"]);
    const second = await scene.connect("bob");
    const { room: mine } = await call(by("bob"), "PATCH /api/rooms/[id]/me", {
      params: { id: room.id },
      body: { notify: "mentions", muted: true, starred: true },
    });
    expect(mine.me).toMatchObject({ notify: "mentions", muted: true, starred: true });
    for (const device of [bob, second]) {
      const told = await device.next("room:updated", (heard) => heard.room.id === room.id);
      expect(told.room.me).toMatchObject({ notify: "mentions", muted: true, starred: true });
    }
    await scene.fence(ada, oscar);
    expect(ada.of("room:updated").filter((heard) => heard.room.id === room.id)).toEqual([]);
    expect(heardOf(oscar, room.id)).toEqual([]);
    second.close();
  });

  test("its read mark may move down, and not beyond the end", async () => {
    const room = await scene.room(["ada", "bob"]);
    for (const text of ["one", "two", "three"]) await say(by("ada"), room.id, text);
    const mark = async (lastReadSeq: number) =>
      (await call(by("bob"), "PATCH /api/rooms/[id]/me", { params: { id: room.id }, body: { lastReadSeq } })).room.me;
    expect(await mark(3)).toMatchObject({ lastReadSeq: 3, unread: 0 });
    expect(await mark(1)).toMatchObject({ lastReadSeq: 1, unread: 2 });
    expect(await refusal(mark(4))).toBe("invalid");
    expect(await refusal(mark(-1))).toBe("invalid");
  });
});

describe("browsing", () => {
  test("shows public rooms by name, page by page, with one's own side where there is one", async () => {
    for (const name of ["Zebra three", "Zebra one", "zebra TWO"]) await scene.room(["ada"], { name, isPrivate: false });
    await scene.room(["ada"], { name: "Zebra hidden" });
    const query = { scope: "public", q: "ZEBRA", limit: 2 };
    const first = await call(by("oscar"), "GET /api/rooms", { query });
    expect(first.rooms.map(({ name }) => name)).toEqual(["Zebra one", "Zebra three"]);
    const second = await call(by("oscar"), "GET /api/rooms", { query: { ...query, cursor: first.next ?? "" } });
    expect(second.rooms.map(({ name }) => name)).toEqual(["zebra TWO"]);
    expect(second.next).toBeNull();
    expect(first.rooms[0]?.me).toBeUndefined();
    const own = await call(by("ada"), "GET /api/rooms", { query });
    expect(own.rooms[0]?.me?.role).toBe("admin");
  });

  test("takes what was typed literally", async () => {
    const found = async (q: string) =>
      (await call(by("oscar"), "GET /api/rooms", { query: { scope: "public", q } })).rooms.map(({ name }) => name);
    await scene.room(["ada"], { name: "100% wool_ware \\o/", isPrivate: false });
    for (const q of ["100%", "wool_", "\\o/"]) expect(await found(q)).toEqual(["100% wool_ware \\o/"]);
    expect(await found("1%wool")).toEqual([]);
    expect(await found("' OR 1=1 --")).toEqual([]);
  });

  test.each([
    ["limit", "0"],
    ["limit", "101"],
    ["limit", "-1"],
    ["limit", "1e6"],
    ["limit", "2.5"],
    ["cursor", "nonsense"],
    ["cursor", "x".repeat(500)],
    ["scope", "private"],
    ["offset", "10"],
  ])("with %s=%.20s is invalid", async (key, value) => {
    const query = { scope: "public", [key]: value };
    expect(await refusal(call(by("oscar"), "GET /api/rooms", { query }))).toBe("invalid");
  });
});
