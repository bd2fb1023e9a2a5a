import { setTimeout as wait } from "node:timers/promises";
import { type Chat, createChat } from "@/lib/client/chat";
import { nodeEnvironment } from "@/lib/client/node";
import { fillRooms } from "./history";
import { cpuOf } from "./machine";
import { makePeople, makeRoom, type Person } from "./people";
import { type Finding, type Measure, median, ratio, show } from "./report";
import { startDatabase, startParley } from "./servers";

const ROOMS = 200;
/** Conversations that a client holds with their messages; it keeps at most 30. */
const OPEN = 30;

/** Ten messages a second over 200 rooms, a third of them in rooms that are at hand. */
interface Absence {
  name: string;
  /** Messages that came meanwhile in each of the rooms from `rooms` on. */
  each: number;
  rooms: number;
  /** Seconds until the screen is right again; source: the fault matrix, F18. */
  within?: number;
}

const absences: Absence[] = [
  { name: "nothing new", each: 0, rooms: ROOMS },
  { name: "10 s away", each: 1, rooms: 100, within: 3 },
  { name: "10 min away", each: 30, rooms: ROOMS, within: 10 },
  { name: "8 h away", each: 1_440, rooms: ROOMS, within: 20 },
];

async function online(chat: Chat): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("A client did not come back within a minute.")), 60_000);
    const look = () => {
      if (chat.store.getState().connection.state !== "online") return;
      clearTimeout(timer);
      unsubscribe();
      resolve();
    };
    const unsubscribe = chat.store.subscribe(look);
    look();
  });
}

/** The shipped client, signed in, with its rooms and `OPEN` conversations loaded, then gone. */
async function visit(origin: string, person: Person, roomIds: string[]): Promise<Chat> {
  const chat = createChat(nodeEnvironment(origin, { accessToken: person.token }));
  chat.start();
  await online(chat);
  await chat.actions.loadRooms();
  for (const roomId of roomIds.slice(0, OPEN)) {
    await chat.actions.openRoom(roomId);
    chat.actions.closeRoom(roomId);
  }
  chat.stop();
  return chat;
}

/**
 * Resolves when what the client holds is the newest: of each conversation that it kept its last message, of every room its
 * head. (A conversation too far behind is let go unless it is looked at.)
 */
async function equal(chat: Chat, lastSeq: Map<string, number>): Promise<void> {
  const limit = performance.now() + 60_000;
  const isEqual = () => {
    const { conversations, rooms } = chat.store.getState();
    return [...lastSeq].every(
      ([roomId, seq]) =>
        rooms.get(roomId)?.lastSeq === seq && (conversations.get(roomId)?.messages.at(-1)?.seq ?? seq) === seq,
    );
  };
  while (!isEqual()) {
    if (performance.now() > limit) throw new Error("A client did not catch up within a minute.");
    await wait(2);
  }
}

/** The shipped client comes back after ten seconds, ten minutes and eight hours, beside coming back to nothing new. */
export const away: Measure = async ({ quick }) => {
  const database = await startDatabase();
  const people = await makePeople(database.pool, quick ? 3 : 5);
  const [author, ...readers] = [...(await makePeople(database.pool, 1)), ...people];
  if (!author) throw new Error("There is nobody to write.");
  const roomIds: string[] = [];
  for (let index = 0; index < ROOMS; index += 1) roomIds.push(await makeRoom(database.pool, [author, ...readers]));
  await fillRooms(database.pool, roomIds, author, 100);
  await database.pool.query("ANALYZE");
  const parley = await startParley({ DATABASE_URL: database.url });
  const origin = `http://127.0.0.1:${parley.port}`;
  const findings: Finding[] = [];
  let base: number[] = [];
  try {
    const chats: Chat[] = [];
    for (const reader of readers) chats.push(await visit(origin, reader, roomIds));
    for (const { name, each: usual, rooms, within } of absences) {
      const each = quick ? Math.min(usual, 1_100) : usual;
      // Every other room, so that those at hand and the others are met alike.
      const met = rooms < ROOMS ? roomIds.filter((_, index) => index % 2) : roomIds;
      if (each > 0) await fillRooms(database.pool, met, author, each);
      await database.pool.query("ANALYZE");
      const { rows } = await database.pool.query<{ id: string; lastSeq: string }>(`SELECT id, "lastSeq" FROM "Room"`);
      const lastSeq = new Map(rows.map((row) => [row.id, Number(row.lastSeq)]));
      const [times, cpus, own]: [number[], number[], number[]] = [[], [], []];
      for (const chat of chats) {
        const [cpu, mine, start] = [cpuOf(parley.pid) ?? Number.NaN, process.cpuUsage(), performance.now()];
        chat.start();
        await online(chat);
        await equal(chat, lastSeq);
        times.push(performance.now() - start);
        cpus.push(((cpuOf(parley.pid) ?? Number.NaN) - cpu) * 1_000);
        own.push((process.cpuUsage(mine).user + process.cpuUsage(mine).system) / 1_000);
        chat.stop();
      }
      if (!base.length) base = times;
      const rest = median(times) - median(cpus) - median(own);
      findings.push({
        what: `coming back, ${name}: ${show(each * met.length)} changes in ${each ? met.length : 0} rooms`,
        value: median(times) / 1_000,
        unit: "s",
        ...(within && { goal: { at: "most", value: within } }),
        detail: `${show(ratio(times, base))} × coming back to nothing new, slowest ${show(Math.max(...times))} ms`,
        bound: `${show(median(cpus))} ms of it the server's CPU, ${show(median(own))} ms the client's, ${show(Math.max(0, rest))} ms the database's and waiting`,
      });
    }
  } finally {
    await parley.stop();
    await database.stop();
  }
  return findings;
};
