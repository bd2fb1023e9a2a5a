import { setTimeout as wait } from "node:timers/promises";
import { Client } from "pg";
import type { Connection } from "../harness/connection";
import { newClientId, refusal } from "../harness/scene";
import { waitFor } from "../harness/wait-for";
import { say } from "./stage/load";
import { scenario } from "./stage/scenario";
import type { Screen } from "./stage/screen";
import { RATE, type Stage } from "./stage/stage";

const OUTAGE_MS = 15_000;
const SENDS = 1_000;
/** While those sends are under way, connections of one replica after the other are reset this often, in ms. */
const RESET_EVERY_MS = 150;
const LOCKED_MS = 8_000;

scenario("F14", "PostgreSQL stops as by a power cut and is back after 15 s", async (stage) => {
  const { crowd, fleet } = stage;
  await stage.load();
  await fleet.postgres.stop("immediate");
  const from = Date.now();
  await wait(OUTAGE_MS);
  const acked = crowd.ledger.between(from + 100).filter((sent) => sent.storedAt !== null);
  stage.figure("acknowledged without a database", acked.length, { atMost: 0 });
  stage.figure("waiting in outboxes", crowd.ledger.between(from).length, { atLeast: 1 });
  await stage.stopLoad();
  await fleet.postgres.start();
  await stage.settle(30_000);
});

scenario("F15", `connections to PostgreSQL are reset while ${SENDS} messages are stored`, async (stage) => {
  const { crowd, fleet } = stage;
  const from = Date.now();
  for (let number = 0; number < SENDS; number += 1) {
    const screen = crowd.authors[number % crowd.authors.length];
    const rooms = [...(screen?.open ?? [])];
    const roomId = rooms[Math.floor(number / crowd.authors.length) % rooms.length];
    if (screen && roomId) await say(crowd, screen, roomId, `through resets ${number}`);
  }
  const sent = crowd.ledger.between(from);
  let resets = 0;
  const stored = () => sent.filter(({ storedAt }) => storedAt !== null).length;
  // Nine in ten of them under resets; then the outboxes have their time.
  while (stored() < SENDS * 0.9 && resets < 200) {
    fleet.replicas[resets % fleet.replicas.length]?.toPostgres.reset();
    resets += 1;
    await wait(RESET_EVERY_MS);
  }
  const last = Date.now();
  await stage.settle(30_000);
  stage.figure("outboxes empty after", Date.now() - last, { unit: "ms", atMost: 30_000 });
  const { count, ids } = await storedAs(stage, "through resets %");
  stage.figure("resets", resets, { atLeast: 10 });
  stage.figure("sent more than once", sent.filter(({ tries }) => tries > 1).length, { atLeast: 1 });
  stage.figure("rows", count, { atLeast: SENDS, atMost: SENDS });
  stage.figure("rows of their own", ids, { atLeast: SENDS, atMost: SENDS });
});

scenario("F16", "all connections to PostgreSQL are taken, by a lock on every membership", async (stage) => {
  const { crowd, fleet } = stage;
  const people = crowd.screens.slice(0, 12);
  // Of a room that they are not in: nothing of it may be stored, whenever it is looked at.
  const foreign = (screen: Screen | undefined) =>
    crowd.roomIds.find((roomId) => !screen?.chat.store.getState().rooms.has(roomId)) ?? "";
  const connections = await Promise.all(
    people.map(({ person }, index) =>
      person.connect({ url: fleet.replicas[index % fleet.replicas.length]?.url ?? "" }),
    ),
  );
  await stage.load();
  const lock = new Client({ connectionString: fleet.databaseUrl });
  await lock.connect();
  await lock.query(`BEGIN; LOCK TABLE "RoomMember" IN ACCESS EXCLUSIVE MODE`);
  const until = Date.now() + LOCKED_MS;
  const told: { code: string | undefined; ms: number }[] = [];
  while (Date.now() < until - 3_000) {
    // None of them can have a connection that is any use before the lock is gone.
    told.push(
      ...(await Promise.all(connections.flatMap((connection, index) => asks(connection, foreign(people[index]))))),
    );
  }
  await wait(Math.max(0, until - Date.now()));
  await lock.query("COMMIT");
  await lock.end();
  const unavailable = told.filter(({ code }) => code === "unavailable").length;
  stage.figure("requests told that it is unavailable", unavailable, { atLeast: told.length });
  stage.figure("told after, at most", Math.max(...told.map(({ ms }) => ms)), { unit: "ms", atMost: 3_000 });
  await stage.untilSent(RATE);
  await stage.everyoneOnline();
  await stage.settle(30_000);
  for (const connection of connections) connection.close();
});

scenario("F17", "an older backup is restored, with an epoch of its own", async (stage) => {
  const { crowd, fleet } = stage;
  const cut = () => {
    for (const { toPostgres } of fleet.replicas) toPostgres.cut();
  };
  const heal = () => {
    for (const { toPostgres } of fleet.replicas) toPostgres.heal();
  };
  await stage.load();
  await stage.settle();
  cut();
  const restore = await fleet.postgres.backUp(fleet.databaseUrl);
  heal();
  const backedUp = { at: Date.now(), changes: crowd.ledger.changes.length };
  await stage.everyoneOnline();
  await stage.load();
  await stage.untilSent(RATE * 2);
  await stage.settle();
  // What was stored since the backup is lost, as it is with every restore; what nobody has acknowledged yet is not.
  cut();
  const [author] = crowd.authors;
  if (author) for (const roomId of author.open) await say(crowd, author, roomId, "while it was restored");
  crowd.ledger.forgetSince(backedUp.at, backedUp.changes);
  const epoch = author?.chat.store.getState().epoch;
  await restore();
  heal();
  const from = Date.now();
  await waitFor(() => crowd.screens.every(({ chat }) => chat.store.getState().epoch !== epoch), {
    timeout: 30_000,
    what: "everybody to have heard of the new epoch",
  });
  stage.figure("everybody has heard after", Date.now() - from, { unit: "ms", atMost: 15_000 });
  await stage.settle(15_000);
  stage.figure("every screen equal after", Date.now() - from, { unit: "ms", atMost: 15_000 });
  const { count } = await storedAs(stage, "while it was restored");
  stage.figure("kept of what was in an outbox", count, { atLeast: author?.open.size ?? 0 });
});

/** A message that must never be stored, and everything that changed: what becomes of it, and after how long. */
function asks(connection: Connection, roomId: string) {
  const timed = async (work: Promise<unknown>) => {
    const since = Date.now();
    const code = await refusal(work);
    return { code, ms: Date.now() - since };
  };
  const sends = Array.from({ length: 5 }, () =>
    connection.emit("message:send", { roomId, clientId: newClientId(), content: "while there is no room" }),
  );
  const reads = Array.from({ length: 5 }, () => connection.emit("sync", { rooms: [{ roomId, rev: 0 }] }));
  return [...sends, ...reads].map(timed);
}

/** How many messages with this text are stored, and how many different ones that are. */
async function storedAs({ fleet }: Stage, pattern: string): Promise<{ count: number; ids: number }> {
  const client = new Client({ connectionString: fleet.databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query(
      `SELECT count(*)::int AS count, count(DISTINCT ("userId", "clientId"))::int AS ids FROM "Message" WHERE content LIKE $1`,
      [pattern],
    );
    return rows[0];
  } finally {
    await client.end();
  }
}
