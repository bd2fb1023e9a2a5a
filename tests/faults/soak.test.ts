import { readdir, readFile } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import type { Member } from "./stage/fleet";
import { randomFrom } from "./stage/random";
import { scenario } from "./stage/scenario";
import { RATE, type Stage } from "./stage/stage";

/** `SOAK_SECONDS=28800` for a night; `SEED` repeats the faults of an earlier run. */
const SOAK_MS = Number(process.env.SOAK_SECONDS ?? 120) * 1_000;
const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);

/** Each breaks something for a while and leaves it whole. None touches the life of the third replica: it is weighed. */
const faults: Record<string, (stage: Stage, ms: number, replica: Member) => Promise<void>> = {
  async "a replica is killed"(_, ms, replica) {
    await replica.kill("SIGKILL");
    await wait(ms);
    await replica.start();
  },
  async "a replica ends in order"(_, ms, replica) {
    await replica.stop();
    await wait(ms);
    await replica.start();
  },
  async "a replica is stopped"(_, ms, replica) {
    await replica.kill("SIGSTOP");
    await wait(ms);
    await replica.kill("SIGCONT");
  },
  async "Redis is killed"({ fleet }, ms) {
    await fleet.redis.kill();
    await wait(ms);
    await fleet.redis.start();
  },
  async "Redis is cut off for one"(_, ms, replica) {
    replica.toRedis.cut();
    await wait(ms);
    replica.toRedis.heal();
  },
  async "PostgreSQL stops"({ fleet }, ms) {
    await fleet.postgres.stop("immediate");
    await wait(ms);
    await fleet.postgres.start();
  },
  async "connections to PostgreSQL are reset"({ fleet }) {
    for (const { toPostgres } of fleet.replicas) toPostgres.reset();
  },
  async "PostgreSQL is slow"({ fleet }, ms) {
    for (const { toPostgres } of fleet.replicas) toPostgres.delay(50, 50);
    await wait(ms);
    for (const { toPostgres } of fleet.replicas) toPostgres.heal();
  },
  async "clients lose their network"({ network }, ms) {
    network.cut();
    await wait(ms);
    network.heal();
  },
  async "connections of clients are reset"({ network }) {
    network.reset();
  },
  async "the network is bad"({ network }, ms) {
    network.delay(200, 200);
    network.loseAcks(0.3);
    await wait(ms);
    network.heal();
  },
};

async function weigh(replica: Member): Promise<{ megabytes: number; descriptors: number }> {
  const status = await readFile(`/proc/${replica.pid()}/status`, "utf8");
  const descriptors = (await readdir(`/proc/${replica.pid()}/fd`)).length;
  return { megabytes: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1_024, descriptors };
}

scenario(
  "F32",
  "soak: random faults",
  async (stage) => {
    const random = randomFrom(SEED);
    const [first, second, weighed] = stage.fleet.replicas;
    stage.figure("seed", SEED);
    await stage.load();
    // What a server holds grows with the first work, whatever happens.
    await stage.untilSent(10 * RATE);
    const before = await weigh(weighed);
    const names = Object.keys(faults);
    const done: string[] = [];
    for (const end = Date.now() + SOAK_MS; Date.now() < end; ) {
      const name = names[Math.floor(random() * names.length)] ?? "";
      const ms = 1_000 + random() * 7_000;
      done.push(`${name} (${Math.round(ms)} ms)`);
      await faults[name]?.(stage, ms, random() < 0.5 ? first : second);
      await stage.everyoneOnline(40_000);
      await wait(random() * 2_000);
    }
    stage.figure("faults", done.length, { atLeast: 1 });
    const settled = stage.outboxesEmpty(60_000).then(() => stage.settle());
    await settled.catch((cause: Error) => {
      throw new Error(`Seed ${SEED}, after ${done.slice(-4).join(", ")}: ${cause.message}`, { cause });
    });
    const after = await weigh(weighed);
    stage.figure("memory grown", after.megabytes - before.megabytes, { unit: "MB", atMost: 100 });
    stage.figure("descriptors grown", after.descriptors - before.descriptors, { atMost: 40 });
  },
  { timeout: SOAK_MS + 180_000 },
);
