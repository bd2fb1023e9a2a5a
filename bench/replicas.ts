import type { Pool } from "pg";
import { Crowd, type Window } from "./crowd";
import { cpuOf } from "./machine";
import { makeRooms } from "./people";
import { startRedis } from "./redis";
import { type Finding, type Measure, median, type Options, ratio, show } from "./report";
import { type Running, startDatabase, startParley } from "./servers";

/** A number of replicas, with Redis or (one only) without. */
interface Fleet {
  name: string;
  replicas: Running[];
  pool: Pool;
}

interface Run extends Window {
  /** Seconds of all replicas' CPU per million deliveries. */
  cpu: number;
}

const used = ({ replicas }: Fleet) => replicas.reduce((sum, { pid }) => sum + (cpuOf(pid) ?? Number.NaN), 0);

/** The same work by each fleet in turns; each has rooms of its own, which nobody wrote in before. */
async function inTurns(
  fleets: Fleet[],
  crowds: Map<Fleet, Crowd>,
  rounds: number,
  run: (crowd: Crowd) => Promise<Window>,
): Promise<Map<string, Run[]>> {
  const runs = new Map<string, Run[]>(fleets.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const fleet of fleets) {
      const crowd = crowds.get(fleet);
      if (!crowd) continue;
      const before = used(fleet);
      const window = await run(crowd);
      const cpu = ((used(fleet) - before) / (window.deliveries * window.seconds)) * 1e6;
      if (round > 0) runs.get(fleet.name)?.push({ ...window, cpu });
    }
  }
  return runs;
}

async function compare(
  what: string,
  fleets: Fleet[],
  size: { count: number; size: number },
  { quick }: Options,
  run: (crowd: Crowd) => Promise<Window>,
): Promise<Finding[]> {
  const crowds = new Map<Fleet, Crowd>();
  for (const fleet of fleets) {
    const rooms = await makeRooms(fleet.pool, size);
    const ports = fleet.replicas.map(({ port }) => port);
    crowds.set(fleet, await Crowd.connect(ports, rooms.parley(true)));
  }
  const runs = await inTurns(fleets, crowds, quick ? 2 : 5, run);
  for (const crowd of crowds.values()) crowd.close();
  const of = (name: string, key: keyof Run) => (runs.get(name) ?? []).map((each) => each[key]);
  const [single] = fleets;
  return fleets.slice(1).map(({ name, replicas }) => {
    const both = (key: keyof Run) => `${show(median(of(name, key)))} / ${show(median(of(single?.name ?? "", key)))}`;
    return {
      what: `${what}: ${name}`,
      value: ratio(of(name, "cpu"), of(single?.name ?? "", "cpu")),
      unit: "×",
      ...(replicas.length === 2 && { goal: { at: "most", value: 1.25 } }),
      detail: `CPU s per million deliveries ${both("cpu")}, messages/s ${both("messages")}, messages a packet ${both("messagesPerPacket")}, ack p50 ${both("ackP50")} ms, delivery p99 ${both("deliveryP99")} ms`,
      bound: `all replicas share one core here; each has ${show(100 / replicas.length)} % of the sockets and hears of every message; where messages gather in packets, a delivery is cheaper`,
    };
  });
}

/** What a replica adds: the CPU of all replicas for one delivery, against one replica without Redis. */
export const replicas: Measure = async (options) => {
  const redis = await startRedis();
  if (!redis) throw new Error("redis-server is not installed here; two replicas cannot be measured.");
  // One each, because the embedded database takes no more connections than those of three replicas.
  const [alone, shared] = [await startDatabase(), await startDatabase()];
  const started: Running[] = [];
  const startReplica = async (env: Record<string, string>) => {
    const running = await startParley(env);
    started.push(running);
    return running;
  };
  try {
    const single = await startReplica({ DATABASE_URL: alone.url });
    const env = { DATABASE_URL: shared.url, REDIS_URL: redis.url };
    const [first, second, third] = [await startReplica(env), await startReplica(env), await startReplica(env)];
    const fleets: Fleet[] = [
      { name: "one replica without Redis", replicas: [single], pool: alone.pool },
      { name: "one replica with Redis", replicas: [first], pool: shared.pool },
      { name: "two replicas", replicas: [first, second], pool: shared.pool },
      { name: "three replicas", replicas: [first, second, third], pool: shared.pool },
    ];
    const rate = (perSecond: number) => (crowd: Crowd) => crowd.openLoop(perSecond, options.quick ? 1_500 : 3_000);
    return [
      ...(await compare("CPU, 100/s to 500", fleets, { count: 1, size: 500 }, options, rate(100))),
      ...(await compare("CPU, 400/s to 25 × 20", fleets, { count: 25, size: 20 }, options, rate(400))),
    ];
  } finally {
    for (const replica of started) await replica.stop();
    redis.stop();
    for (const database of [alone, shared]) await database.stop();
  }
};
