import { type Balancer, startBalancer } from "../../harness/balancer";
import { startPostgres, type TestPostgres } from "../../harness/postgres";
import { startRedis, type TestRedis } from "../../harness/redis";
import { type Replica, startReplica } from "../../harness/replica";
import { type Link, startLink } from "./link";
import { watchChanges } from "./truth";

/** A replica and the ways to and from it, each a proxy that can be broken. */
export interface Member extends Replica {
  fromBalancer: Link;
  toRedis: Link;
  toPostgres: Link;
  /** What went wrong in it besides the deaths that the test asked for, in all its lives; empty when nothing did. */
  complaints(): string[];
}

export interface Fleet {
  postgres: TestPostgres;
  redis: TestRedis;
  replicas: [Member, Member, Member];
  balancer: Balancer;
  /** The database without a proxy before it. */
  databaseUrl: string;
  /** Of all replicas. */
  complaints(): string[];
  /** Ends everything, for one that a failed case has left in pieces. */
  close(): Promise<void>;
}

function through(url: string, { port }: Link): string {
  const address = new URL(url);
  address.port = String(port);
  return address.href;
}

async function startMember(databaseUrl: string, redisUrl: string): Promise<Member> {
  const portOf = (url: string) => Number(new URL(url).port);
  const [toPostgres, toRedis] = await Promise.all([startLink(portOf(databaseUrl)), startLink(portOf(redisUrl))]);
  const replica = await startReplica({
    databaseUrl: through(databaseUrl, toPostgres),
    redisUrl: through(redisUrl, toRedis),
    env: { TRUST_PROXY: "1" },
  });
  /** Whether the test itself killed or stopped it and has not started it again. */
  let down = false;
  return {
    ...replica,
    toPostgres,
    toRedis,
    fromBalancer: await startLink(replica.port, { follow: true }),
    complaints: () => [
      ...complaintsOf(replica.logs()),
      ...(down || isAlive(replica.pid()) ? [] : [`The replica at ${replica.url} is gone.`]),
    ],
    async kill(signal) {
      down ||= signal === "SIGKILL";
      await replica.kill(signal);
    },
    stop() {
      down = true;
      return replica.stop();
    },
    async start(env) {
      await replica.start(env);
      down = false;
    },
  };
}

/** Three replicas behind HAProxy, with a PostgreSQL and a Redis that nobody else uses, and a proxy between each two. */
export async function startFleet(): Promise<Fleet> {
  const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  const databaseUrl = await postgres.createDatabase();
  await watchChanges(databaseUrl);
  // The first one names the installation.
  const first = await startMember(databaseUrl, redis.url);
  const [second, third] = await Promise.all([startMember(databaseUrl, redis.url), startMember(databaseUrl, redis.url)]);
  const replicas: Fleet["replicas"] = [first, second, third];
  const balancer = await startBalancer(replicas.map(({ fromBalancer }) => fromBalancer));
  return {
    postgres,
    redis,
    replicas,
    balancer,
    databaseUrl,
    complaints: () => replicas.flatMap((replica) => replica.complaints()),
    async close() {
      await Promise.all(
        replicas.map(async (replica) => {
          await replica.kill("SIGCONT");
          await replica.kill("SIGKILL");
        }),
      );
      await Promise.all([redis.kill(), postgres.close(), balancer.close()]);
    },
  };
}

/** Lines of error and worse, and whatever Node itself has to say. */
function complaintsOf(logs: string): string[] {
  return logs.split("\n").filter((line) => {
    if (!line.startsWith("{")) return /unhandled|uncaught|\bError:|Warning:/i.test(line);
    try {
      return ["error", "fatal"].includes(JSON.parse(line).level);
    } catch {
      // A line that a killed process did not finish.
      return false;
    }
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
