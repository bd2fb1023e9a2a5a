import { setTimeout as wait } from "node:timers/promises";
import { Crowd, type Member } from "./crowd";
import { cpuOf } from "./machine";
import { makeRooms } from "./people";
import { type Finding, type Measure, median, type Options, quantile, ratio, show } from "./report";
import { type Running, startBare, startDatabase, startParley } from "./servers";

/** Connections that fill the process's own reserves; what they cost is left out. */
const WARM_UP = 250;

interface Memory {
  resident: number;
  /** JavaScript objects and buffers. */
  heap: number;
}

async function memoryOf(server: Running): Promise<Memory> {
  // Greetings, presence and their garbage are over.
  await wait(6_000);
  const { rss, heapUsed, external } = await server.memory();
  return { resident: rss, heap: heapUsed + external };
}

/** Bytes that each of these connections costs after a collection, at each of the sizes; all stay connected. */
async function grow(server: Running, members: Member[], sizes: number[]): Promise<{ each: Memory[]; crowds: Crowd[] }> {
  const crowds = [await Crowd.connect(server.port, members.slice(0, WARM_UP))];
  const before = await memoryOf(server);
  const each: Memory[] = [];
  let connected = WARM_UP;
  for (const size of sizes) {
    crowds.push(await Crowd.connect(server.port, members.slice(connected, size)));
    connected = size;
    const { resident, heap } = await memoryOf(server);
    const count = size - WARM_UP;
    each.push({ resident: (resident - before.resident) / count, heap: (heap - before.heap) / count });
  }
  return { each, crowds };
}

/** What a full replica does while nobody says anything: its memory, its core, how late it would answer. */
async function watch(server: Running, crowds: Crowd[], connected: number, { quick, full }: Options): Promise<Finding> {
  const seconds = full ? 600 : quick ? 20 : 60;
  const [before, cpu] = [await memoryOf(server), cpuOf(server.pid) ?? Number.NaN];
  const delays = await server.loopDelays(() => wait(seconds * 1_000));
  const busy = ((cpuOf(server.pid) ?? Number.NaN) - cpu) / seconds;
  const after = await memoryOf(server);
  for (const crowd of crowds) crowd.assertAlive();
  return {
    what: `${show(connected)} connections, ${seconds} s idle: memory grows by`,
    value: Math.max(0, (after.resident / before.resident - 1) * 100),
    unit: "%",
    goal: { at: "most", value: 2 },
    detail: `${show(before.resident / 1e6)} to ${show(after.resident / 1e6)} MB resident, all connected`,
    bound: `pings, leases and comparisons take ${show(busy * 100)} % of a core; loop delay p99 ${show(quantile(delays, 0.99))} ms, longest ${show(Math.max(...delays))} ms`,
  };
}

/** Memory of an idle connection (signed in, in a room of twenty, with a lease of presence) beside a bare one. */
export const connections: Measure = async (options) => {
  const sizes = options.quick ? [1_000] : [1_000, 5_000];
  const most = sizes.at(-1) ?? 0;
  const database = await startDatabase();
  const rooms = await makeRooms(database.pool, { count: most / 20, size: 20 });
  const [ours, bares]: [Memory[][], Memory[][]] = [[], []];
  const findings: Finding[] = [];
  // What is left after collections hardly differs from round to round, and 5,000 take minutes to connect.
  const rounds = options.full ? 3 : 1;
  try {
    for (let round = 1; round <= rounds; round += 1) {
      const bare = await startBare({ probe: true });
      const theirs = await grow(bare, rooms.bare, sizes);
      bares.push(theirs.each);
      for (const crowd of theirs.crowds) crowd.close();
      await bare.stop();
      const parley = await startParley({ DATABASE_URL: database.url }, { probe: true });
      const { each, crowds } = await grow(parley, rooms.parley(true), sizes);
      ours.push(each);
      if (round === rounds) findings.push(await watch(parley, crowds, most, options));
      for (const crowd of crowds) crowd.close();
      await parley.stop();
    }
  } finally {
    await database.stop();
  }
  const of = (all: Memory[][], index: number, key: keyof Memory) => all.map((each) => each[index]?.[key] ?? Number.NaN);
  const perSize = sizes.map((size, index): Finding => {
    const kilobytes = (all: Memory[][], key: keyof Memory) => median(of(all, index, key)) / 1_024;
    const [heap, bareHeap] = [kilobytes(ours, "heap"), kilobytes(bares, "heap")];
    const more = kilobytes(ours, "resident") - kilobytes(bares, "resident");
    return {
      what: `memory of an idle connection, ${show(size)} of them`,
      value: ratio(of(ours, index, "resident"), of(bares, index, "resident")),
      unit: "×",
      goal: { at: "most", value: 1.3 },
      detail: `${show(kilobytes(ours, "resident"))} / ${show(kilobytes(bares, "resident"))} kB resident, ${show(heap)} / ${show(bareHeap)} kB of it objects and buffers`,
      bound: `Socket.io's own objects are ${((bareHeap / heap) * 100).toFixed(0)} % of our heap; ours add ${show(heap - bareHeap)} of the ${show(more)} kB more`,
    };
  });
  return [...perSize, ...findings];
};
