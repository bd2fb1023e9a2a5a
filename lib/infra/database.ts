import { PrismaPg } from "@prisma/adapter-pg";
import { Pool, type PoolClient, type QueryResultRow } from "pg";
import { PrismaClient } from "@/generated/prisma/client";
import { AppError } from "@/lib/protocol/errors";
import { defect } from "./failpoints";
import { log } from "./log";
import { service } from "./registry";

export interface Database {
  /** For what is rare or reads best as an object: accounts, sessions, rooms. */
  prisma: PrismaClient;
  /** For the paths that messages take, in SQL; shares its connections with Prisma. */
  pool: Pool;
  /**
   * For storing messages only, one connection a batch that can be under way (lib/domain/lanes.ts): a send waits neither for
   * who reads nor for a plan that was made while a table was empty and read it from end to end.
   */
  sends: Pool;
  /**
   * For finding messages only: what many match is read for a good part of a second, and whoever opens a room meanwhile
   * must not wait for a connection behind it.
   */
  searches: Pool;
}

export const database = service<Database>("database");

/** Batches of messages that may be on their way to the database at once. */
export const MAX_BATCHES = 5;

/** Searches that the database works on at once; others wait, and are `unavailable` after `CONNECTION_MS`. */
const MAX_SEARCHES = 3;

/** A statement of the message path. Named, so that PostgreSQL parses and plans it once a connection. */
export interface Statement<Row extends QueryResultRow> {
  name: string;
  text: string;
  /** Only for the type; never set. */
  row?: Row;
}

/** Above PostgreSQL's own limit of 5 s: who has not answered by then is not there any more, whatever the connection says. In ms. */
const ANSWER_MS = 7_000;
/** So that whoever finds no connection is told within the 3 s that are promised, in ms. */
const CONNECTION_MS = 2_500;
/** Requests that may wait for a connection; at what a pool answers in those seconds, the rest would wait in vain. */
const MAX_WAITING = 2_000;

type Connected = (error: Error | undefined, client: PoolClient | undefined, done: (release?: unknown) => void) => void;

/** A pool whose queue has an end. */
class BoundedPool extends Pool {
  override connect(): Promise<PoolClient>;
  override connect(callback: Connected): void;
  override connect(callback?: Connected): Promise<PoolClient> | undefined {
    if (this.waitingCount < MAX_WAITING) {
      if (!callback) return super.connect();
      super.connect(callback);
    } else if (callback) callback(unavailable(), undefined, () => {});
    else return Promise.reject(unavailable());
    return undefined;
  }
}

/**
 * Opens the one pool and the Prisma client over it. Time-outs are part of the promises in docs/architecture.md:
 * a lock is waited for 2 s, a statement 5 s (7 s when PostgreSQL is silent), a connection from the pool 2.5 s.
 */
export function openDatabase(url: string, options: { connections?: number; answerMs?: number } = {}): Database {
  const { connections = 12, answerMs = ANSWER_MS } = options;
  const pool = openPool(url, connections, answerMs, []);
  const sends = openPool(url, MAX_BATCHES, answerMs, preferIndexes);
  const searches = openPool(url, MAX_SEARCHES, answerMs, searching);
  return {
    pool,
    sends,
    searches,
    prisma: new PrismaClient({ adapter: new PrismaPg(pool, { disposeExternalPool: false }) }),
  };
}

const promised = [
  "lock_timeout=2000",
  "statement_timeout=5000",
  "idle_in_transaction_session_timeout=5000",
  "synchronous_commit=on",
  "timezone=UTC",
  // A core a question: what a chat asks is short, and starting another process costs it more than it gains.
  "max_parallel_workers_per_gather=0",
];

/** One plan a connection for all values, by look-ups into indexes, however small the tables were when it was made. */
const preferIndexes = ["plan_cache_mode=force_generic_plan", "enable_seqscan=off", "enable_mergejoin=off", "jit=off"];

/**
 * For what is planned for its values: never the whole table, for which the planner counts too little, as each message's
 * words would be taken apart anew. The memory is what the finds of 20,000,000 messages take before they are read again, too.
 */
export const searching = ["enable_seqscan=off", "jit=off", "work_mem=32MB"];

/** Connections with the time-outs that are promised; `planning` are further settings of theirs. */
export function openPool(
  url: string,
  max: number,
  answerMs: number,
  planning: string[],
  connectionMs = CONNECTION_MS,
): Pool {
  const pool = new BoundedPool({
    connectionString: url,
    max,
    connectionTimeoutMillis: connectionMs,
    query_timeout: answerMs,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    application_name: "parley",
    options: [...promised, ...planning].map((setting) => `-c ${setting}`).join(" "),
  });
  // An idle connection that breaks is dropped from the pool; the next query opens another.
  pool.on("error", (error) => log().warn({ err: error.message }, "a database connection was lost"));
  // One that breaks in the middle of a transaction says so here too; unheard it would end the process.
  pool.on("connect", (client) => client.on("error", (error) => log().debug({ err: error.message }, "connection lost")));
  return pool;
}

export async function closeDatabase({ prisma, pool, sends, searches }: Database): Promise<void> {
  await prisma.$disconnect();
  await Promise.all([pool.end(), sends.end(), searches.end()]);
}

/** Runs a named statement on any connection of a pool. */
export async function query<Row extends QueryResultRow>(
  statement: Statement<Row>,
  values: unknown[],
  pool = database.get().pool,
): Promise<Row[]> {
  if (process.env.PARLEY_FAILPOINTS === "built-in" && defect("undo-commit"))
    return transaction(async (client) => (await client.query<Row>({ ...statement, values })).rows);
  const result = await pool.query<Row>({ name: statement.name, text: statement.text, values });
  return result.rows;
}

/** PostgreSQL's five-character code of an error from `pg` or, unwrapped, from Prisma; undefined for others. */
export function sqlState(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const { code, cause, meta } = error as {
    code?: unknown;
    cause?: { originalCode?: unknown };
    meta?: { driverAdapterError?: unknown };
  };
  if (typeof cause?.originalCode === "string") return cause.originalCode;
  if (meta?.driverAdapterError) return sqlState(meta.driverAdapterError);
  return typeof code === "string" && /^[0-9A-Z]{5}$/.test(code) && !/^P\d{4}$/.test(code) ? code : undefined;
}

const deadlock = "40P01";
const serializationFailure = "40001";
const uniqueViolation = "23505";
const lockTimeout = "55P03";
/** Lock not available, statement time-out, idle-in-transaction time-out. */
const timeouts = new Set([lockTimeout, "57014", "25P03"]);

export function isUniqueViolation(error: unknown): boolean {
  return sqlState(error) === uniqueViolation || (error as { code?: unknown } | null)?.code === "P2002";
}

/** Deadlock or serialisation failure: the same work may succeed when it is tried again. */
export function isConflict(error: unknown): boolean {
  const state = sqlState(error);
  return state === deadlock || state === serializationFailure;
}

export function isLockTimeout(error: unknown): boolean {
  return sqlState(error) === lockTimeout;
}

/** Whether the database, not the request, is why this failed: gone, overloaded, or a lock that did not come. */
export function isUnavailable(error: unknown): boolean {
  const state = sqlState(error);
  if (state) return timeouts.has(state) || /^(08|53|57)/.test(state);
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  if (code === "unavailable") return true;
  if (
    typeof code === "string" &&
    /^(ECONN|EPIPE|ETIMEDOUT|ENOENT|EHOSTUNREACH|P1001|P1002|P1008|P1017|P2024|P2028)/.test(code)
  )
    return true;
  return (
    typeof message === "string" &&
    /timeout exceeded when trying to connect|timeout expired|Query read timeout|Connection terminated|Client has encountered a connection error|not queryable|pool after calling end/.test(
      message,
    )
  );
}

export function unavailable(): AppError {
  return new AppError("unavailable", "The server cannot reach its database right now. Try again shortly.");
}

/**
 * Runs `work` in a transaction: committed when it returns, rolled back when it throws. Deadlocks and
 * serialisation failures are tried again, three times in all, so `work` must have no effects outside.
 */
export async function transaction<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const client = await database.get().pool.connect();
    let broken: Error | undefined;
    try {
      await client.query("BEGIN");
      const result = await work(client);
      await client.query(process.env.PARLEY_FAILPOINTS === "built-in" && defect("undo-commit") ? "ROLLBACK" : "COMMIT");
      return result;
    } catch (error) {
      // Where nothing answers any more, neither will the end of the transaction: PostgreSQL undoes it by itself.
      if (isUnavailable(error) && !sqlState(error)) broken = error as Error;
      else
        await client.query("ROLLBACK").catch((failure: Error) => {
          broken = failure;
        });
      if (attempt < 3 && isConflict(error)) continue;
      throw error;
    } finally {
      client.release(broken);
    }
  }
}
