import { writeCursor } from "@/lib/domain/cursor";
import { fillRooms } from "./history";
import { watchCores } from "./machine";
import { makePeople, makeRoom, type Person } from "./people";
import { busiest, type Measure, median, ratio, show } from "./report";
import { startDatabase, startParley } from "./servers";

async function timePages(url: string, { token }: Person, cursor: string | undefined, count: number): Promise<number> {
  const times: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const start = performance.now();
    const address = cursor ? `${url}&cursor=${cursor}` : url;
    const answer = await fetch(address, { headers: { authorization: `Bearer ${token}` } });
    const { messages } = (await answer.json()) as { messages?: unknown[] };
    if (messages?.length !== 50) throw new Error(`A page of 50 came with ${messages?.length} (${answer.status}).`);
    times.push(performance.now() - start);
  }
  return median(times);
}

/** The newest page of a long room, one from its middle, and its oldest, beside those of a short one. */
export const page: Measure = async ({ quick }) => {
  const sizes = { short: 1_000, long: quick ? 100_000 : 1_000_000 };
  const database = await startDatabase();
  const [person] = await makePeople(database.pool, 1);
  if (!person) throw new Error("There is nobody to read.");
  const short = await makeRoom(database.pool, [person]);
  const long = await makeRoom(database.pool, [person]);
  await fillRooms(database.pool, [short], person, sizes.short);
  await fillRooms(database.pool, [long], person, sizes.long);
  await database.pool.query("ANALYZE");
  const parley = await startParley({ DATABASE_URL: database.url });
  try {
    const address = (roomId: string) => `http://127.0.0.1:${parley.port}/api/messages?roomId=${roomId}`;
    const cursorAt = (seq: number) => writeCursor("messages", "older", seq);
    const places = { newest: undefined, middle: cursorAt(sizes.long / 2), oldest: cursorAt(51) };
    const times: Record<string, number[]> = { short: [], newest: [], middle: [], oldest: [] };
    await timePages(address(short), person, undefined, 100);
    const shares = watchCores(parley.pid, database.pid);
    for (let round = 0; round < (quick ? 3 : 7); round += 1) {
      times.short?.push(await timePages(address(short), person, undefined, 60));
      for (const [place, cursor] of Object.entries(places)) {
        times[place]?.push(await timePages(address(long), person, cursor, 60));
      }
    }
    const bound = `a read of 50 neighbours by index, however long the room; ${busiest(shares())}`;
    return Object.keys(places).map((place) => ({
      what: `page of 50 of ${show(sizes.long)} messages, ${place}`,
      value: ratio(times[place] ?? [], times.short ?? []),
      unit: "×",
      goal: { at: "most", value: 1.2 },
      detail: `${show(median(times[place] ?? []))} / ${show(median(times.short ?? []))} ms, against a room of ${show(sizes.short)}`,
      bound,
    }));
  } finally {
    await parley.stop();
    await database.stop();
  }
};
