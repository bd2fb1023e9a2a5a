import pg from "pg";
import type { Message } from "@/lib/protocol/objects";
import { call } from "../harness/call";
import { atEnd } from "../harness/cleanup";
import type { Connection } from "../harness/connection";
import { heardOf, openScene, refusal, type Scene, say } from "../harness/scene";
import { waitFor } from "../harness/wait-for";

type Name = "ada" | "bob" | "oscar";
let scene: Scene<Name>;
let database: pg.Pool;
let ada: Connection;
let bob: Connection;

beforeAll(async () => {
  scene = await openScene(["ada", "bob", "oscar"]);
  database = new pg.Pool({ connectionString: scene.server.databaseUrl, max: 2 });
  atEnd(() => database.end());
  [ada, bob] = await Promise.all([scene.connect("ada"), scene.connect("bob")]);
}, 60_000);

const by = (name: Name) => scene.people[name];
const idOf = (name: Name) => by(name).user.id;
const heads = async (name: Name) =>
  (await call(by(name), "GET /api/rooms")).rooms.map(({ id, rev }) => ({ roomId: id, rev }));
const revs = (messages: Message[]) => messages.map(({ rev }) => rev);

/** Fills a room at once, as if long ago. */
async function fill(roomId: string, userId: string, count: number): Promise<void> {
  await database.query(
    `WITH room AS (UPDATE "Room" SET "lastSeq" = "lastSeq" + $3, rev = rev + $3 WHERE id = $1 RETURNING "lastSeq", rev)
     INSERT INTO "Message" (id, "roomId", "userId", seq, rev, "clientId", digest, content, mentions)
     SELECT 'm' || md5($1 || n), $1, $2, room."lastSeq" - $3 + n, room.rev - $3 + n, 'fill-' || md5($1 || n), 'x', 'filled ' || n, '{}'
     FROM room, generate_series(1, $3::int) n`,
    [roomId, userId, count],
  );
}

describe("hello", () => {
  test("tells who one is, the epoch, and the head of every room that one hears from then on", async () => {
    const room = await scene.room(["ada", "bob"]);
    await say(by("ada"), room.id, "before");
    const device = await scene.connect("bob");
    const [hello] = device.of("hello");
    expect(hello?.user).toMatchObject({ id: idOf("bob"), email: by("bob").user.email });
    expect(hello?.epoch).toBe((await bob.emit("sync", { rooms: [] })).epoch);
    expect(Math.abs(Date.parse(hello?.serverTime ?? "") - Date.now())).toBeLessThan(5_000);
    expect(Object.entries(hello?.heads ?? {}).toSorted()).toEqual(
      (await heads("bob")).map(({ roomId, rev }) => [roomId, rev]).toSorted(),
    );
    expect(hello?.heads[room.id]).toBe(1);
    expect(hello?.online).toContain(idOf("ada"));
    const { message } = await say(by("ada"), room.id, "after");
    await device.next("message:new", (heard) => heard.message.id === message.id);
    device.close();
  });

  test("and live events together miss nothing that is said while one connects", async () => {
    const room = await scene.room(["ada", "bob"]);
    let stop = false;
    const talking = (async () => {
      const sent: number[] = [];
      while (!stop) sent.push((await say(by("ada"), room.id, `${sent.length}`)).message.rev);
      return sent;
    })();
    const devices = await Promise.all(Array.from({ length: 5 }, () => scene.connect("bob")));
    stop = true;
    const sent = await talking;
    await scene.fence(...devices);
    for (const device of devices) {
      const head = device.of("hello")[0]?.heads[room.id] ?? Number.NaN;
      const live = device.of("message:new").filter(({ message }) => message.roomId === room.id && message.rev > head);
      expect(revs(live.map(({ message }) => message))).toEqual(sent.filter((rev) => rev > head));
      device.close();
    }
  });
});

describe("sync", () => {
  test("brings what changed, per room, and leaves out what did not", async () => {
    const [quiet, busy] = [await scene.room(["ada", "bob"]), await scene.room(["ada", "bob"])];
    await say(by("ada"), quiet.id, "1");
    const { message } = await say(by("ada"), busy.id, "1");
    await say(by("ada"), busy.id, "2");
    await ada.emit("message:edit", { messageId: message.id, content: "one" });
    const known = (await heads("bob")).map((head) => (head.roomId === busy.id ? { ...head, rev: 1 } : head));
    const answer = await bob.emit("sync", { rooms: known });
    expect(answer).toMatchObject({ joined: [], left: [] });
    expect(answer.rooms).toHaveLength(1);
    expect(answer.rooms[0]).toMatchObject({ roomId: busy.id, rev: 3, more: false });
    expect(answer.rooms[0]?.messages.map(({ rev, content }) => [rev, content])).toEqual([
      [2, "2"],
      [3, "one"],
    ]);
    expect(answer.rooms[0]).not.toHaveProperty("limited");
  });

  test("with nothing new says nothing", async () => {
    const answer = await bob.emit("sync", { rooms: await heads("bob") });
    expect(answer).toMatchObject({ rooms: [], joined: [], left: [] });
    expect(await bob.emit("sync", { epoch: answer.epoch, rooms: await heads("bob") })).toEqual(answer);
  });

  test("names the rooms that one joined and left meanwhile", async () => {
    const known = await heads("bob");
    const left = await scene.room(["bob"], { isPrivate: false });
    await call(by("bob"), "DELETE /api/rooms/[id]/leave", { params: { id: left.id } });
    const joined = await scene.room(["ada", "bob"]);
    await say(by("ada"), joined.id, `hello @${by("bob").user.username}`);
    const answer = await bob.emit("sync", { rooms: [...known, { roomId: left.id, rev: 0 }] });
    expect(answer.joined.map(({ id }) => id)).toEqual([joined.id]);
    expect(answer.joined[0]?.me).toMatchObject({ unread: 1, mentions: 1 });
    expect(answer.left).toEqual([left.id]);
    expect(answer.rooms).toEqual([]);
  });

  test("with a foreign room among one's own tells nothing of it", async () => {
    const [foreign, own] = [await scene.room(["ada"]), await scene.room(["oscar"])];
    const { message } = await say(by("ada"), foreign.id, "secret");
    await say(by("oscar"), own.id, "mine");
    const oscar = await scene.connect("oscar");
    const rooms = [foreign.id, own.id, "no-such-room"].map((roomId) => ({ roomId, rev: 0 }));
    const answer = await oscar.emit("sync", { rooms });
    expect(answer.rooms.map(({ roomId }) => roomId)).toEqual([own.id]);
    expect(answer.left).toEqual([foreign.id, "no-such-room"]);
    expect(JSON.stringify(answer)).not.toContain(message.id);
    expect(heardOf(oscar, message.id)).toEqual([]);
    oscar.close();
  });

  test("comes in pieces of 100, which a client asks for until there is no more", async () => {
    const room = await scene.room(["ada", "bob"]);
    await fill(room.id, idOf("ada"), 250);
    const got: number[] = [];
    let since = 0;
    for (let more = true; more; ) {
      const { rooms } = await bob.emit("sync", { rooms: [{ roomId: room.id, rev: since }] });
      const [piece] = rooms;
      if (!piece) throw new Error("nothing came");
      expect(piece.messages.length).toBeLessThanOrEqual(100);
      got.push(...revs(piece.messages));
      [since, more] = [piece.rev, piece.more];
    }
    expect(got).toEqual(Array.from({ length: 250 }, (_, index) => index + 1));
    expect(since).toBe(250);
  });

  test("of many rooms far behind keeps its answer small and says where more is", async () => {
    const rooms = await Promise.all(Array.from({ length: 14 }, () => scene.room(["ada", "bob"])));
    await Promise.all(rooms.map(({ id }) => fill(id, idOf("ada"), 100)));
    let known = rooms.map(({ id }) => ({ roomId: id, rev: 0 }));
    const got = new Map(rooms.map(({ id }) => [id, 0]));
    for (let rounds = 0; known.length; rounds += 1) {
      const answer = await bob.emit("sync", { rooms: known });
      expect(answer.rooms.reduce((sum, { messages }) => sum + messages.length, 0)).toBeLessThanOrEqual(1_100);
      for (const { roomId, messages } of answer.rooms) got.set(roomId, (got.get(roomId) ?? 0) + messages.length);
      known = answer.rooms.filter(({ more }) => more).map(({ roomId, rev }) => ({ roomId, rev }));
      expect(rounds).toBeLessThan(5);
    }
    expect([...got.values()]).toEqual(rooms.map(() => 100));
  });

  test("more than 1,000 changes behind brings the newest page instead", async () => {
    const room = await scene.room(["ada", "bob"]);
    await fill(room.id, idOf("ada"), 1_001);
    const { rooms } = await bob.emit("sync", { rooms: [{ roomId: room.id, rev: 0 }] });
    expect(rooms[0]).toMatchObject({ roomId: room.id, rev: 1_001, more: false, limited: true });
    expect(rooms[0]?.messages.map(({ seq }) => seq)).toEqual(Array.from({ length: 50 }, (_, index) => 952 + index));
    const near = await bob.emit("sync", { rooms: [{ roomId: room.id, rev: 1 }] });
    expect(near.rooms[0]).toMatchObject({ rev: 101, more: true });
    expect(near.rooms[0]).not.toHaveProperty("limited");
  });

  test("with a number above the room's brings the newest page: the copy is of another life", async () => {
    const room = await scene.room(["ada", "bob"]);
    await say(by("ada"), room.id, "1");
    const { rooms } = await bob.emit("sync", { rooms: [{ roomId: room.id, rev: 2 }] });
    expect(rooms[0]).toMatchObject({ rev: 1, more: false, limited: true });
    expect(rooms[0]?.messages).toHaveLength(1);
  });

  test("takes 500 rooms and not one more", async () => {
    const rooms = Array.from({ length: 501 }, (_, index) => ({ roomId: `room-${index}`, rev: 0 }));
    expect((await bob.emit("sync", { rooms: rooms.slice(1) })).left).toHaveLength(500);
    expect(await refusal(bob.emit("sync", { rooms }))).toBe("invalid");
    expect(await refusal(bob.emit("sync", { rooms: [{ roomId: "x", rev: -1 }] }))).toBe("invalid");
    expect(await refusal(bob.emit("sync", { rooms: [{ roomId: "x", rev: 1.5 }] }))).toBe("invalid");
  });
});

describe("what was committed and never announced", () => {
  test("is heard within five seconds, by members only", async () => {
    const room = await scene.room(["ada", "bob"]);
    const [device, oscar] = [await scene.connect("bob"), await scene.connect("oscar")];
    await fill(room.id, idOf("ada"), 3);
    const isLast = ({ message }: { message: Message }) => message.roomId === room.id && message.seq === 3;
    await device.next("message:new", isLast, { timeout: 5_000 });
    const heard = device.of("message:new").filter(({ message }) => message.roomId === room.id);
    expect(revs(heard.map(({ message }) => message))).toEqual([1, 2, 3]);
    await scene.fence(oscar);
    expect(heardOf(oscar, room.id)).toEqual([]);
    for (const connection of [device, oscar]) connection.close();
  });

  test("is heard also in a room that was joined only just before", async () => {
    const room = await scene.room(["ada", "bob"]);
    await fill(room.id, idOf("ada"), 3);
    await bob.next("message:new", ({ message }) => message.roomId === room.id && message.seq === 3, { timeout: 5_000 });
    await scene.fence(bob);
    expect(bob.of("message:new").filter(({ message }) => message.roomId === room.id)).toHaveLength(3);
  });

  test("is told as new and as edited when it was edited before anybody had heard of it", async () => {
    const room = await scene.room(["ada", "bob"]);
    await database.query(
      `WITH room AS (UPDATE "Room" SET rev = 2, "lastSeq" = 1 WHERE id = $1 RETURNING id)
       INSERT INTO "Message" (id, "roomId", "userId", seq, rev, "clientId", digest, content, mentions, "editedAt")
       SELECT 'edited-unheard', id, $2, 1, 2, 'edited-unheard', 'x', 'edited', '{}', now() FROM room`,
      [room.id, idOf("ada")],
    );
    const isOf = ({ message }: { message: Message }) => message.id === "edited-unheard";
    await bob.next("message:updated", isOf, { timeout: 5_000 });
    expect(bob.of("message:new").filter(isOf)).toHaveLength(1);
  });

  test("is heard in all of sixty rooms", async () => {
    const rooms = await Promise.all(Array.from({ length: 60 }, () => scene.room(["ada", "bob"])));
    const device = await scene.connect("bob");
    await Promise.all(rooms.map((room) => fill(room.id, idOf("ada"), 1)));
    await waitFor(
      () => {
        const heard = new Set(device.of("message:new").map(({ message }) => message.roomId));
        return rooms.every((room) => heard.has(room.id));
      },
      { timeout: 5_000, what: "a message of each of the sixty rooms" },
    );
    device.close();
  });

  test("and is more than a page is told by the room's head, which leads to sync", async () => {
    const room = await scene.room(["ada", "bob"]);
    const device = await scene.connect("bob");
    await fill(room.id, idOf("ada"), 150);
    const { heads: told } = await device.next("heads", ({ heads: all }) => room.id in all, { timeout: 5_000 });
    expect(told[room.id]).toBe(150);
    device.close();
  });
});

test("the heads of one's rooms are told every 30 seconds, of one's own rooms only", async () => {
  const foreign = await scene.room(["ada"]);
  await say(by("ada"), foreign.id, "1");
  const { heads: told } = await bob.next("heads", ({ heads: all }) => Object.keys(all).length > 1, { timeout: 35_000 });
  const own = new Map((await heads("bob")).map(({ roomId, rev }) => [roomId, rev]));
  for (const [roomId, rev] of Object.entries(told)) expect(own.get(roomId)).toBeGreaterThanOrEqual(rev);
  expect(heardOf(bob, foreign.id)).toEqual([]);
}, 45_000);
