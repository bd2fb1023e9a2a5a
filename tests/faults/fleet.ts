import { type Balancer, startBalancer } from "../harness/balancer";
import { startPostgres, type TestPostgres } from "../harness/postgres";
import { startRedis, type TestRedis } from "../harness/redis";
import { type Replica, startReplica } from "../harness/replica";

export interface Fleet {
  postgres: TestPostgres;
  redis: TestRedis;
  replicas: [Replica, Replica, Replica];
  balancer: Balancer;
  databaseUrl: string;
  /** What went wrong in the replicas besides the deaths that the test asked for; empty when nothing did. */
  complaints(): string[];
}

/** Three replicas behind HAProxy, with a PostgreSQL and a Redis that nobody else uses. */
export async function startFleet(): Promise<Fleet> {
  const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  const databaseUrl = await postgres.createDatabase();
  const options = { databaseUrl, redisUrl: redis.url, env: { TRUST_PROXY: "1" } };
  // The first one names the installation.
  const first = await startReplica(options);
  const [second, third] = await Promise.all([startReplica(options), startReplica(options)]);
  const replicas: Fleet["replicas"] = [first, second, third];
  return {
    postgres,
    redis,
    replicas,
    balancer: await startBalancer(replicas),
    databaseUrl,
    complaints: () => replicas.flatMap((replica) => [...complaintsOf(replica.logs()), ...missing(replica)]),
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

function missing(replica: Replica): string[] {
  try {
    process.kill(replica.pid(), 0);
    return [];
  } catch {
    return [`The replica at ${replica.url} is gone.`];
  }
}
