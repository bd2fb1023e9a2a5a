import type { Pool } from "pg";
import { Crowd, type Member, type Window } from "./crowd";
import { cpuOf } from "./machine";
import { makeRooms } from "./people";
import { type Finding, type Measure, median, type Options, ratio, show } from "./report";
import { startBare, startDatabase, startParley } from "./servers";

interface Contender {
  name: string;
  port: number;
  pid: number;
  members: Member[];
}

interface Run extends Window {
  /** Seconds of server CPU per million deliveries. */
  cpu: number;
}

/** Runs the contenders in turns, so that a change of the machine's mood meets all of them; the first round warms up. */
async function inTurns(
  contenders: Contender[],
  rounds: number,
  run: (crowd: Crowd) => Promise<Window>,
): Promise<Map<string, Run[]>> {
  const crowds: { contender: Contender; crowd: Crowd }[] = [];
  for (const contender of contenders) {
    crowds.push({ contender, crowd: await Crowd.connect(contender.port, contender.members) });
  }
  const runs = new Map<string, Run[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const { contender, crowd } of crowds) {
      const before = cpuOf(contender.pid) ?? Number.NaN;
      const window = await run(crowd);
      const used = (cpuOf(contender.pid) ?? Number.NaN) - before;
      const cpu = (used / (window.deliveries * window.seconds)) * 1e6;
      if (round > 0) runs.get(contender.name)?.push({ ...window, cpu });
    }
  }
  for (const { crowd } of crowds) crowd.close();
  return runs;
}

const of = (runs: Map<string, Run[]>, name: string, key: keyof Run) => (runs.get(name) ?? []).map((run) => run[key]);

function detail(runs: Map<string, Run[]>, name: string): string {
  const value = (who: string, key: keyof Run) => show(median(of(runs, who, key)));
  const both = (key: keyof Run, label: string, unit: string) =>
    `${label} ${value(name, key)} / ${value("bare", key)}${unit}`;
  return [
    both("messages", "messages/s", ""),
    both("deliveryP50", "delivery p50", " ms"),
    both("deliveryP99", "p99", " ms"),
    both("ackP50", "ack p50", " ms"),
    both("cpu", "CPU s per million", ""),
    both("clientLoad", "client busy", ""),
  ].join(", ");
}

/**
 * Two ratios: by the clock, and by the CPU that the servers used, which other programs of the machine cannot take from
 * one of them only. The first is the goal's.
 */
function throughput(what: string, runs: Map<string, Run[]>, name: string, least: number): Finding[] {
  return [
    {
      what,
      value: ratio(of(runs, name, "deliveries"), of(runs, "bare", "deliveries")),
      unit: "×",
      goal: { at: "least", value: least },
      detail: detail(runs, name),
    },
    {
      what: "  the same, deliveries per second of server CPU",
      value: ratio(of(runs, "bare", "cpu"), of(runs, name, "cpu")),
      unit: "×",
      detail: "",
    },
  ];
}

function openLoopFindings(runs: Map<string, Run[]>): Finding[] {
  const against = (what: string, key: keyof Run, most: number): Finding => ({
    what: `open loop, 100/s to 500: ${what}`,
    value: ratio(of(runs, "batching", key), of(runs, "bare", key)),
    unit: "×",
    goal: { at: "most", value: most },
    detail: detail(runs, "batching"),
  });
  return [
    against("CPU per delivery", "cpu", 1.25),
    against("delivery p99", "deliveryP99", 1.5),
    {
      what: "open loop, 100/s to 500: ack p50",
      value: median(of(runs, "batching", "ackP50")),
      unit: "ms",
      detail: "commit included",
    },
  ];
}

const roundsOf = ({ quick }: Options) => (quick ? 2 : 5);
const windowOf = ({ quick }: Options) => (quick ? 1_500 : 2_500);

type RoomSet = Awaited<ReturnType<typeof makeRooms>>;

/** Both servers and a database, for as long as `work` takes. */
async function sideBySide(
  work: (pool: Pool, contenders: (batching: RoomSet, single?: RoomSet) => Contender[]) => Promise<Finding[]>,
): Promise<Finding[]> {
  const database = await startDatabase();
  const bare = await startBare();
  const parley = await startParley({ DATABASE_URL: database.url });
  try {
    return await work(database.pool, (batching, single) => [
      { name: "bare", ...bare, members: batching.bare },
      { name: "batching", ...parley, members: batching.parley(true) },
      ...(single ? [{ name: "single", ...parley, members: single.parley(false) }] : []),
    ]);
  } finally {
    await parley.stop();
    await bare.stop();
    await database.stop();
  }
}

/** The whole way of a message (checked, stored, delivered, acknowledged) to one room of many. */
export const sendToOneRoom: Measure = (options) =>
  sideBySide(async (pool, contenders) => {
    const make = () => makeRooms(pool, { count: 1, size: 500 });
    const all = contenders(await make(), await make());
    const findings: Finding[] = [];
    const goals = [
      [8, 2.2],
      [32, 6],
    ] as const;
    for (const [senders, least] of goals) {
      const runs = await inTurns(all, roundsOf(options), (crowd) => crowd.closedLoop(senders, windowOf(options)));
      findings.push(...throughput(`500 members, ${senders} senders, batches`, runs, "batching", least));
      findings.push(...throughput(`500 members, ${senders} senders, no batches`, runs, "single", 0.85));
    }
    const steady = all.filter(({ name }) => name !== "single");
    const runs = await inTurns(steady, roundsOf(options), (crowd) => crowd.openLoop(100, windowOf(options)));
    return [...findings, ...openLoopFindings(runs)];
  });

/** The same to many rooms at once. */
export const sendToManyRooms: Measure = (options) =>
  sideBySide(async (pool, contenders) => {
    const all = contenders(await makeRooms(pool, { count: 25, size: 20 }));
    const findings: Finding[] = [];
    const goals = [
      [16, 0.55],
      [64, 1],
    ] as const;
    for (const [inFlight, least] of goals) {
      const runs = await inTurns(all, roundsOf(options), (crowd) => crowd.closedLoop(inFlight, windowOf(options)));
      findings.push(...throughput(`25 rooms × 20 members, ${inFlight} in flight`, runs, "batching", least));
    }
    return findings;
  });

/** The same in conversations of two. */
export const sendDirect: Measure = (options) =>
  sideBySide(async (pool, contenders) => {
    const all = contenders(await makeRooms(pool, { count: 250, size: 2, kind: "dm" }));
    const runs = await inTurns(all, roundsOf(options), (crowd) => crowd.closedLoop(64, windowOf(options)));
    return throughput("250 conversations of two, 64 in flight", runs, "batching", 0.4);
  });
