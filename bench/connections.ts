import { setTimeout as wait } from "node:timers/promises";
import { Crowd, type Member } from "./crowd";
import { residentOf } from "./machine";
import { makeRooms } from "./people";
import { type Measure, median, ratio, show } from "./report";
import { type Running, startBare, startDatabase, startParley } from "./servers";

/** Bytes of resident memory that a connection adds; the first hundreds, which fill the process's own reserves, left out. */
async function perConnection(server: Running, members: Member[]): Promise<number> {
  const warmUp = Math.floor(members.length / 4);
  const first = await Crowd.connect(server.port, members.slice(0, warmUp));
  await wait(4_000);
  const before = residentOf(server.pid) ?? Number.NaN;
  const rest = await Crowd.connect(server.port, members.slice(warmUp));
  await wait(8_000);
  const after = residentOf(server.pid) ?? Number.NaN;
  first.close();
  rest.close();
  return (after - before) / (members.length - warmUp);
}

/** Memory of an idle connection: signed in, in a room of twenty, with a lease of presence; beside a bare one. */
export const connections: Measure = async ({ quick }) => {
  const database = await startDatabase();
  const rooms = await makeRooms(database.pool, { count: quick ? 50 : 150, size: 20 });
  const [ours, bares]: [number[], number[]] = [[], []];
  try {
    for (let round = 0; round < (quick ? 1 : 3); round += 1) {
      const bare = await startBare();
      bares.push(await perConnection(bare, rooms.bare));
      await bare.stop();
      const parley = await startParley({ DATABASE_URL: database.url });
      ours.push(await perConnection(parley, rooms.parley(true)));
      await parley.stop();
    }
  } finally {
    await database.stop();
  }
  return [
    {
      what: "memory of an idle signed-in connection",
      value: ratio(ours, bares),
      unit: "×",
      goal: { at: "most", value: 1.3 },
      detail: `${show(median(ours) / 1_024)} / ${show(median(bares) / 1_024)} kB`,
    },
  ];
};
