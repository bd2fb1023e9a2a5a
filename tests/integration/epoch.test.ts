import { Client } from "pg";
import { atEnd } from "../harness/cleanup";
import type { Connection } from "../harness/connection";
import { openScene, type Scene, say } from "../harness/scene";
import { waitFor } from "../harness/wait-for";

let scene: Scene<"ada" | "bob">;
let bob: Connection;
let database: Client;

beforeAll(async () => {
  scene = await openScene(["ada", "bob"]);
  bob = await scene.connect("bob", { reconnection: true, reconnectionDelay: 100, reconnectionDelayMax: 100 });
  database = new Client({ connectionString: scene.server.databaseUrl });
  await database.connect();
  atEnd(() => database.end());
}, 60_000);

/** What whoever restores a backup does in the end. */
const beginAnotherLife = () => database.query(`UPDATE "Server" SET epoch = gen_random_uuid()`);

test("sync from another epoch brings every room anew, also those whose number is the same", async () => {
  const room = await scene.room(["ada", "bob"]);
  await say(scene.people.ada, room.id, "1");
  const { epoch } = await bob.emit("sync", { rooms: [] });
  await beginAnotherLife();
  const answer = await bob.emit("sync", { epoch, rooms: [{ roomId: room.id, rev: 1 }] });
  expect(answer.epoch).not.toBe(epoch);
  expect(answer.rooms[0]).toMatchObject({ roomId: room.id, rev: 1, limited: true });
  expect(answer.rooms[0]?.messages).toHaveLength(1);
  const calm = await bob.emit("sync", { epoch: answer.epoch, rooms: [{ roomId: room.id, rev: 1 }] });
  expect(calm.rooms).toEqual([]);
});

test("who is connected is greeted anew when the database begins another life, and hears what falls back behind", async () => {
  const room = await scene.room(["ada", "bob"]);
  for (const text of ["1", "2", "3"]) await say(scene.people.ada, room.id, text);
  const hellos = bob.of("hello").length;
  await database.query(`DELETE FROM "Message" WHERE "roomId" = $1 AND seq > 1`, [room.id]);
  await database.query(`UPDATE "Room" SET rev = 1, "lastSeq" = 1 WHERE id = $1`, [room.id]);
  await beginAnotherLife();
  const { rows } = await database.query(`SELECT epoch FROM "Server"`);
  const greeted = () => bob.of("hello").slice(hellos);
  await waitFor(() => greeted().some(({ epoch, heads }) => epoch === rows[0].epoch && heads[room.id] === 1), {
    timeout: 10_000,
    what: "the greeting of the new life",
  });
  // Committed where nobody announces it, under a number that was announced in the life before.
  await database.query(
    `WITH room AS (UPDATE "Room" SET rev = 2, "lastSeq" = 2 WHERE id = $1 RETURNING id)
     INSERT INTO "Message" (id, "roomId", "userId", seq, rev, "clientId", digest, content, mentions)
     SELECT 'other-life', id, $2, 2, 2, 'other-life', 'digest', 'again the second', '{}' FROM room`,
    [room.id, scene.people.ada.user.id],
  );
  const { message } = await bob.next("message:new", ({ message: heard }) => heard.id === "other-life");
  expect(message.seq).toBe(2);
}, 40_000);
