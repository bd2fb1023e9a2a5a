import { createChat } from "@/lib/client/chat";
import { nodeEnvironment } from "@/lib/client/node";
import { Crowd } from "./crowd";
import { fillRooms } from "./history";
import { makePeople, makeRoom } from "./people";
import { type Measure, show } from "./report";
import { startDatabase, startParley } from "./servers";
import { statementsOf } from "./statements";

const ROOMS = 300;
const PEOPLE = 2_000;
const PER_ROOM = 50;
/** Of them connected while somebody arrives. */
const ONLINE = 200;

/**
 * Somebody in 300 rooms, one of them with all 2,000 people, opens the chat: the page, the list of rooms, the connection
 * and its greeting, the large room with its newest messages and its first members.
 */
export const firstLoad: Measure = async () => {
  const database = await startDatabase({ statements: true });
  const people = await makePeople(database.pool, PEOPLE);
  const [person] = people;
  if (!person) throw new Error("There is nobody to come.");
  const everybody = await makeRoom(database.pool, people);
  const roomIds = [everybody];
  for (let index = 1; index < ROOMS; index += 1) {
    const from = (index * (PER_ROOM - 1)) % (PEOPLE - PER_ROOM);
    roomIds.push(await makeRoom(database.pool, [person, ...people.slice(from + 1, from + PER_ROOM)]));
  }
  await fillRooms(database.pool, roomIds, people[1] ?? person, 100);
  await database.pool.query("ANALYZE");
  const parley = await startParley({ DATABASE_URL: database.url });
  const origin = `http://127.0.0.1:${parley.port}`;
  const headers = { authorization: `Bearer ${person.token}` };
  const load = async () => {
    const page = await fetch(`${origin}/chat/${everybody}`, { headers });
    if (page.status !== 200) throw new Error(`The page was answered ${page.status}.`);
    await page.text();
    const chat = createChat(nodeEnvironment(origin, { accessToken: person.token }));
    const greeted = new Promise<void>((resolve) => {
      const unsubscribe = chat.store.subscribe(({ connection }) => {
        if (connection.state !== "online") return;
        unsubscribe();
        resolve();
      });
    });
    chat.start();
    await Promise.all([greeted, chat.actions.openRoom(everybody), chat.actions.loadMembers(everybody)]);
    const { rooms, conversations } = chat.store.getState();
    if (rooms.size !== ROOMS || !conversations.get(everybody)?.messages.length) {
      throw new Error("The chat is not whole.");
    }
    chat.stop();
  };
  try {
    const others = people.slice(1, ONLINE + 1).map(({ token }) => ({ auth: { token }, roomId: everybody }));
    const crowd = await Crowd.connect(parley.port, others);
    // The first of all loads page and routes.
    await load();
    let milliseconds = 0;
    const statements = await statementsOf(database.pool, async () => {
      const start = performance.now();
      await load();
      milliseconds = performance.now() - start;
    });
    crowd.close();
    const counts = [...statements].sort(([, one], [, other]) => other - one);
    const [[text, most] = ["", Number.NaN]] = counts;
    const all = counts.reduce((sum, [, calls]) => sum + calls, 0);
    return [
      {
        what: `first load, ${ROOMS} rooms, ${show(PEOPLE)} people: most for one statement`,
        value: most,
        unit: "queries",
        goal: { at: "most", value: 3 },
        detail: `${all} of ${counts.length} kinds in all, ${show(milliseconds)} ms from the page's request to the whole chat`,
        bound: `the number of requests, not of rooms or people; asked most: ${text.replace(/\s+/g, " ").trim().slice(0, 70)} …`,
      },
    ];
  } finally {
    await parley.stop();
    await database.stop();
  }
};
