import type { RoomRole } from "@/lib/protocol/objects";
import { call } from "../harness/call";
import type { Connection } from "../harness/connection";
import { register } from "../harness/people";
import { heardOf, openScene, refusal, type Scene, say } from "../harness/scene";

type Name = "ada" | "bob" | "cleo" | "dan" | "oscar";
let scene: Scene<Name>;
let ada: Connection;
let bob: Connection;
let oscar: Connection;

beforeAll(async () => {
  scene = await openScene(["ada", "bob", "cleo", "dan", "oscar"]);
  [ada, bob, oscar] = await Promise.all([scene.connect("ada"), scene.connect("bob"), scene.connect("oscar")]);
}, 60_000);

const by = (name: Name) => scene.people[name];
const idOf = (name: Name) => by(name).user.id;
const list = (name: Name, roomId: string, query = {}) =>
  call(by(name), "GET /api/rooms/[id]/members", { params: { id: roomId }, query });
const add = (name: Name, roomId: string, userId: string) =>
  call(by(name), "POST /api/rooms/[id]/members", { params: { id: roomId }, body: { userId } });
const setRole = (name: Name, roomId: string, member: Name, role: RoomRole) =>
  call(by(name), "PATCH /api/rooms/[id]/members/[userId]", {
    params: { id: roomId, userId: idOf(member) },
    body: { role },
  });
const remove = (name: Name, roomId: string, member: Name, body: { ban?: boolean } = {}) =>
  call(by(name), "DELETE /api/rooms/[id]/members/[userId]", { params: { id: roomId, userId: idOf(member) }, body });

describe("the list of members", () => {
  test("is paged by name, each person once", async () => {
    const room = await scene.room(["dan", "cleo", "bob", "ada"]);
    const names: string[] = [];
    let cursor: string | null | undefined;
    for (let pages = 0; cursor !== null; pages += 1) {
      const page = await list("bob", room.id, { limit: 2, ...(cursor && { cursor }) });
      names.push(...page.members.map(({ user }) => user.name));
      cursor = page.next;
      expect(pages).toBeLessThan(3);
    }
    expect(names).toEqual(["ada", "bob", "cleo", "dan"]);
  });

  test("is also complete when all have one name", async () => {
    const twins = await Promise.all([1, 2, 3].map(() => register(scene.server.url, { name: "Twin" })));
    const room = await scene.room(["ada"]);
    for (const { user } of twins) await add("ada", room.id, user.id);
    const first = await list("ada", room.id, { limit: 2 });
    const second = await list("ada", room.id, { limit: 2, cursor: first.next ?? "" });
    const ids = [...first.members, ...second.members].map(({ user }) => user.id);
    expect(ids.toSorted()).toEqual([idOf("ada"), ...twins.map(({ user }) => user.id)].toSorted());
    expect(second.next).toBeNull();
  });

  test("says who is online, and never an email address", async () => {
    const room = await scene.room(["ada", "cleo"]);
    const { members } = await list("cleo", room.id);
    expect(members.map(({ online }) => online)).toEqual([true, false]);
    expect(JSON.stringify(members)).not.toContain("@example.org");
  });

  test.each([
    ["limit", "101"],
    ["limit", "-1"],
    ["limit", "abc"],
    ["cursor", Buffer.from('["users","ada","x"]').toString("base64url")],
    ["cursor", Buffer.from('["members",1,2]').toString("base64url")],
  ])("refuses %s=%s", async (key, value) => {
    expect(await refusal(list("ada", scene.lobby.id, { [key]: value }))).toBe("invalid");
  });
});

describe("adding a person", () => {
  test("subscribes their sockets, tells them of the room and the room of them, and nobody else", async () => {
    const room = await scene.room(["ada", "cleo"]);
    const { member } = await add("ada", room.id, idOf("bob"));
    expect(member).toMatchObject({ user: { id: idOf("bob") }, role: "member", online: true });
    const told = await bob.next("room:joined", (heard) => heard.room.id === room.id);
    expect(told.room).toMatchObject({ memberCount: 3, me: { role: "member" } });
    const heard = await ada.next("room:user-joined", (one) => one.roomId === room.id && one.user.id === idOf("bob"));
    expect(heard.by).toBe(idOf("ada"));
    const { message } = await say(by("cleo"), room.id, "welcome");
    await bob.next("message:new", (one) => one.message.id === message.id);
    await scene.fence(oscar);
    expect(heardOf(oscar, room.id)).toEqual([]);
  });

  test("who is one already changes nothing and is said to nobody", async () => {
    const room = await scene.room(["ada", "bob"]);
    await bob.next("room:user-joined", (one) => one.roomId === room.id && one.user.id === idOf("bob"));
    await setRole("ada", room.id, "bob", "moderator");
    const { member } = await add("ada", room.id, idOf("bob"));
    expect(member.role).toBe("moderator");
    await scene.fence(bob);
    const joins = bob.of("room:user-joined").filter((one) => one.roomId === room.id && one.user.id === idOf("bob"));
    expect(joins).toHaveLength(1);
  });

  test("what was said before they came counts as read", async () => {
    const room = await scene.room(["ada"]);
    await say(by("ada"), room.id, `@${by("bob").user.username} not here yet`);
    await add("ada", room.id, idOf("bob"));
    const { room: seen } = await call(by("bob"), "GET /api/rooms/[id]", { params: { id: room.id } });
    expect(seen.me).toMatchObject({ lastReadSeq: 1, unread: 0, mentions: 0 });
  });

  test("who does not exist is not found", async () => {
    const room = await scene.room(["ada"]);
    expect(await refusal(add("ada", room.id, "nobody"))).toBe("not_found");
  });

  test("to a direct conversation is forbidden", async () => {
    const { room } = await call(by("ada"), "POST /api/dms", { body: { userIds: [idOf("bob")] } });
    expect(await refusal(add("ada", room.id, idOf("cleo")))).toBe("forbidden");
  });
});

describe("roles", () => {
  test("nobody acts on an equal or higher role, nor gives one above their own", async () => {
    const room = await scene.room(["ada", "bob", "cleo", "dan"]);
    await setRole("ada", room.id, "bob", "moderator");
    await setRole("ada", room.id, "cleo", "moderator");
    expect(await refusal(setRole("bob", room.id, "cleo", "member"))).toBe("forbidden");
    expect(await refusal(setRole("bob", room.id, "ada", "member"))).toBe("forbidden");
    expect(await refusal(setRole("bob", room.id, "bob", "admin"))).toBe("forbidden");
    expect(await refusal(setRole("bob", room.id, "dan", "admin"))).toBe("forbidden");
    expect(await refusal(setRole("dan", room.id, "dan", "moderator"))).toBe("forbidden");
    expect(await refusal(remove("bob", room.id, "cleo"))).toBe("forbidden");
    expect(await refusal(remove("bob", room.id, "ada"))).toBe("forbidden");
    expect(await refusal(remove("dan", room.id, "dan"))).toBe("forbidden");
    expect((await setRole("bob", room.id, "dan", "moderator")).member.role).toBe("moderator");
    const roles = (await list("ada", room.id)).members.map(({ role }) => role);
    expect(roles).toEqual(["admin", "moderator", "moderator", "moderator"]);
  });

  test("a new role is shown to its bearer's devices", async () => {
    const room = await scene.room(["ada", "bob"]);
    await setRole("ada", room.id, "bob", "moderator");
    const told = await bob.next("room:updated", (heard) => heard.room.id === room.id);
    expect(told.room.me?.role).toBe("moderator");
    await scene.fence(ada, oscar);
    expect(ada.of("room:updated").filter((heard) => heard.room.id === room.id)).toEqual([]);
    expect(heardOf(oscar, room.id)).toEqual([]);
  });

  test("the last admin cannot step down; of two at the same moment, one can", async () => {
    const room = await scene.room(["ada", "bob"]);
    expect(await refusal(setRole("ada", room.id, "ada", "member"))).toBe("conflict");
    await setRole("ada", room.id, "bob", "admin");
    const outcomes = await Promise.all([
      refusal(setRole("ada", room.id, "ada", "member")),
      refusal(setRole("bob", room.id, "bob", "member")),
    ]);
    expect(outcomes.toSorted()).toEqual(["conflict", undefined]);
    const admins = (await list("ada", room.id)).members.filter(({ role }) => role === "admin");
    expect(admins).toHaveLength(1);
  });

  test("a member who is not there is not found, a role that does not exist is invalid", async () => {
    const room = await scene.room(["ada"]);
    expect(await refusal(setRole("ada", room.id, "bob", "moderator"))).toBe("not_found");
    expect(await refusal(setRole("ada", room.id, "ada", "owner" as RoomRole))).toBe("invalid");
  });
});

describe("removing a member", () => {
  test("ends what they hear, read and say, and takes their unread of it along", async () => {
    const room = await scene.room(["ada", "bob", "cleo"]);
    const { message: before } = await say(by("ada"), room.id, "while bob is here");
    await bob.next("message:new", (heard) => heard.message.id === before.id);
    await remove("ada", room.id, "bob");
    expect((await bob.next("room:removed", (heard) => heard.roomId === room.id)).reason).toBe("removed");
    const left = await ada.next("room:user-left", (heard) => heard.roomId === room.id);
    expect(left).toMatchObject({ user: { id: idOf("bob") }, by: idOf("ada") });

    const told = bob.heard.length;
    const { message } = await say(by("cleo"), room.id, `without you, @${by("bob").user.username}`);
    await ada.emit("message:edit", { messageId: before.id, content: "changed" });
    await ada.emit("message:react", { messageId: before.id, emoji: "👍" });
    await ada.emit("typing:start", { roomId: room.id });
    expect(message.mentions).toEqual([]);
    await scene.fence(bob, oscar);
    expect(bob.heard.slice(told).filter((heard) => JSON.stringify(heard.payload).includes(room.id))).toEqual([]);
    expect(heardOf(oscar, room.id)).toEqual([]);

    expect(await refusal(bob.emit("message:send", { roomId: room.id, clientId: "after-kick", content: "x" }))).toBe(
      "not_found",
    );
    expect(await refusal(bob.emit("message:react", { messageId: before.id, emoji: "👍" }))).toBe("not_found");
    expect(await refusal(bob.emit("message:read", { messageId: before.id }))).toBe("not_found");
    expect(await refusal(bob.emit("room:join", { roomId: room.id }))).toBe("not_found");
    const synced = await bob.emit("sync", { rooms: [{ roomId: room.id, rev: 0 }] });
    expect(synced).toMatchObject({ rooms: [], left: [room.id] });
  });

  test("from a public room lets them come back, unless they are banned", async () => {
    const room = await scene.room(["ada", "bob", "cleo"], { isPrivate: false });
    await remove("ada", room.id, "bob");
    await bob.emit("room:join", { roomId: room.id });
    await remove("ada", room.id, "bob", { ban: true });
    await bob.next("room:removed", (heard) => heard.roomId === room.id && heard.reason === "banned");
    expect(await refusal(bob.emit("room:join", { roomId: room.id }))).toBe("forbidden");
    // A member may add people to a public room, but a ban is lifted by moderators alone.
    expect(await refusal(add("cleo", room.id, idOf("bob")))).toBe("forbidden");
    await add("ada", room.id, idOf("bob"));
    expect((await call(by("bob"), "GET /api/rooms/[id]", { params: { id: room.id } })).room.me?.role).toBe("member");
  });

  test("who is not there is not found", async () => {
    const room = await scene.room(["ada"]);
    expect(await refusal(remove("ada", room.id, "bob"))).toBe("not_found");
  });

  test("never lets a message of theirs through that comes after it", async () => {
    const room = await scene.room(["ada", "bob"]);
    // As many as one socket may have under way; more would be refused for that.
    const sends = Array.from({ length: 20 }, (_, index) =>
      refusal(bob.emit("message:send", { roomId: room.id, clientId: `crossing-${index}`, content: `${index}` })),
    );
    const removal = remove("ada", room.id, "bob");
    const outcomes = await Promise.all(sends);
    await removal;
    const refused = outcomes.filter((code) => code !== undefined);
    expect(new Set(refused).size).toBeLessThanOrEqual(1);
    const { messages } = (await call(by("ada"), "GET /api/messages", { query: { roomId: room.id } })) as {
      messages: { seq: number }[];
    };
    expect(messages).toHaveLength(outcomes.length - refused.length);
    expect(messages.map(({ seq }) => seq)).toEqual(messages.map((_, index) => index + 1));
    expect(await refusal(bob.emit("message:send", { roomId: room.id, clientId: "too-late", content: "x" }))).toBe(
      "not_found",
    );
  });
});
