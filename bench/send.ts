import { makeRooms } from "./people";
import { busiest, type Finding, type Measure, median, type Options, ratio, show } from "./report";
import { type Arena, type Contender, inTurns, type Name, of, type Run, type Runs, sideBySide } from "./send-turns";
import { startBare } from "./servers";

const roundsOf = ({ quick }: Options) => (quick ? 2 : 5);
const windowOf = ({ quick }: Options) => (quick ? 1_000 : 2_000);

type RoomSet = Awaited<ReturnType<typeof makeRooms>>;

function contenders({ bare, insert, parley }: Arena, rooms: RoomSet, single?: RoomSet): Contender[] {
  return [
    { name: "bare", server: bare, members: rooms.bare },
    { name: "insert", server: insert, members: rooms.bare },
    { name: "batching", server: parley, members: rooms.parley(true) },
    ...(single ? [{ name: "single" as const, server: parley, members: single.parley(false) }] : []),
  ];
}

const middle = (runs: Runs, name: Name, key: keyof Run) => median(of(runs, name, key));

function detail(runs: Runs, name: Name, baseline: Name): string {
  const both = (key: keyof Run, label: string, unit = "") =>
    `${label} ${show(middle(runs, name, key))} / ${show(middle(runs, baseline, key))}${unit}`;
  return [
    both("messages", "messages/s"),
    `deliveries per CPU second ${show(ratio(of(runs, baseline, "cpu"), of(runs, name, "cpu")))} ×`,
    both("ackP50", "ack p50"),
    both("ackP99", "p99", " ms"),
    both("deliveryP50", "delivery p50"),
    both("deliveryP99", "p99", " ms"),
    both("cpu", "CPU s per million"),
  ].join(", ");
}

function boundOf(runs: Runs, name: Name): string {
  return busiest({
    server: middle(runs, name, "serverLoad"),
    "clients and database": middle(runs, name, "clientLoad") + middle(runs, name, "databaseLoad"),
  });
}

/**
 * Deliveries per second against a baseline's, by the clock. In the detail stands the same by the CPU that the servers
 * used, which other programs of the machine cannot take from one of them only.
 */
function throughput(what: string, runs: Runs, name: Name, baseline: Name, least?: number): Finding {
  return {
    what,
    value: ratio(of(runs, name, "deliveries"), of(runs, baseline, "deliveries")),
    unit: "×",
    ...(least !== undefined && { goal: { at: "least", value: least } }),
    detail: detail(runs, name, baseline),
    bound: boundOf(runs, name),
  };
}

function openLoopFindings(size: number, runs: Runs, bounded: boolean): Finding[] {
  const against = (what: string, key: keyof Run, most: number): Finding => ({
    what: `${size} members, open loop, 100/s: ${what}`,
    value: ratio(of(runs, "batching", key), of(runs, "bare", key)),
    unit: "×",
    ...(bounded && { goal: { at: "most", value: most } }),
    detail: detail(runs, "batching", "bare"),
    bound: boundOf(runs, "batching"),
  });
  const acks = of(runs, "batching", "ackP50");
  const commits = of(runs, "batching", "commitP50");
  return [
    against("CPU per delivery", "cpu", 1.25),
    against("delivery p99", "deliveryP99", 1.5),
    {
      what: `${size} members, open loop, 100/s: ack p50 beyond a commit`,
      value: median(acks.map((ack, index) => ack - (commits[index] ?? Number.NaN))),
      unit: "ms",
      ...(bounded && { goal: { at: "most", value: 1 } }),
      detail: `ack p50 ${show(median(acks))} ms, a plain INSERT meanwhile ${show(median(commits))} ms, INSERT each acknowledges after ${show(middle(runs, "insert", "ackP50"))} ms`,
      bound: boundOf(runs, "batching"),
    },
  ];
}

/** Goals of design and experience for 500 members; smaller rooms are measured to see how it scales. */
const goals = { 8: { batching: 2.2, single: 2 }, 32: { batching: 6, single: 5 } } as const;

/** The whole way of a message (checked, stored, delivered, acknowledged) to one room of many. */
export const sendToOneRoom: Measure = (options) =>
  sideBySide(async (arena) => {
    const findings: Finding[] = [];
    for (const size of [500, 200, 50]) {
      const make = () => makeRooms(arena.database.pool, { count: 1, size });
      const all = contenders(arena, await make(), await make());
      const rounds = size === 500 ? roundsOf(options) : Math.min(3, roundsOf(options));
      const { database } = arena;
      for (const senders of [8, 32] as const) {
        const run = { rounds, database, label: `room-${size}-${senders}` };
        const runs = await inTurns(all, { ...run, run: (crowd) => crowd.closedLoop(senders, windowOf(options)) });
        const what = `${size} members, ${senders} senders`;
        const least = (name: "batching" | "single") => (size === 500 ? goals[senders][name] : undefined);
        findings.push(throughput(`${what}, batches`, runs, "batching", "bare", least("batching")));
        findings.push(throughput(`${what}, no batches`, runs, "single", "bare", least("single")));
        findings.push(throughput(`${what}, batches, against INSERT each`, runs, "batching", "insert"));
      }
      const runs = await inTurns(
        all.filter(({ name }) => name !== "single"),
        {
          rounds,
          database,
          label: `room-${size}-open`,
          timeCommits: true,
          run: (crowd) => crowd.openLoop(100, windowOf(options)),
        },
      );
      findings.push(...openLoopFindings(size, runs, size === 500));
    }
    return findings;
  });

/** The same to many rooms at once. */
export const sendToManyRooms: Measure = (options) =>
  sideBySide(async (arena) => {
    const all = contenders(arena, await makeRooms(arena.database.pool, { count: 25, size: 20 }));
    const findings: Finding[] = [];
    for (const [inFlight, least] of [
      [16, 0.55],
      [64, 1],
    ] as const) {
      const runs = await inTurns(all, {
        rounds: roundsOf(options),
        database: arena.database,
        label: `rooms-${inFlight}`,
        run: (crowd) => crowd.closedLoop(inFlight, windowOf(options)),
      });
      const what = `25 rooms × 20 members, ${inFlight} in flight`;
      findings.push(throughput(what, runs, "batching", "bare", least));
      findings.push(throughput(`${what}, against INSERT each`, runs, "batching", "insert"));
    }
    return findings;
  });

/** The same in conversations of two, beside Prisma as well. */
export const sendDirect: Measure = (options) =>
  sideBySide(async (arena) => {
    const { pool, url } = arena.database;
    const make = () => makeRooms(pool, { count: 250, size: 2, kind: "dm" });
    const prisma = await startBare({ store: { by: "prisma", databaseUrl: url } });
    try {
      const all: Contender[] = [
        ...contenders(arena, await make()),
        // In rooms of its own: it counts places by itself.
        { name: "prisma", server: prisma, members: (await make()).bare },
      ];
      const runs = await inTurns(all, {
        rounds: roundsOf(options),
        database: arena.database,
        label: "direct-64",
        run: (crowd) => crowd.closedLoop(64, windowOf(options)),
      });
      const what = "250 conversations of two, 64 in flight";
      return [
        throughput(what, runs, "batching", "bare", 0.4),
        throughput(`${what}, against INSERT each`, runs, "batching", "insert"),
        throughput(`${what}, against Prisma each`, runs, "batching", "prisma", 5),
      ];
    } finally {
      await prisma.stop();
    }
  });
