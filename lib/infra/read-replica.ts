import type { Pool, PoolClient, QueryResultRow } from "pg";
import { database, openPool, type Statement, searching } from "./database";
import { log } from "./log";
import { service } from "./registry";

/** Runs one statement; not named (and so planned for its values) when its name is "". */
export type Run = <Row extends QueryResultRow>(statement: Statement<Row>, values: unknown[]) => Promise<Row[]>;

/** What a reader may already know, as the primary has it; a replica that lacks any of it would take it back. */
export interface Known {
  userId: string;
  /** By rooms, the newest change of each. */
  heads: { roomId: string; rev: number }[];
}

type Outcome = "served" | "behind" | "failed";

export interface ReadReplica {
  pool: Pool;
  /** How reads that could go to the replica have ended: there, or at the primary and why. */
  readonly outcomes: Record<Outcome, number>;
  /** Until when, in ms of `performance.now`, it is left alone after a failure. */
  restsUntil: number;
  loggedAt: number;
}

export const readReplica = service<ReadReplica>("read-replica");

const CONNECTIONS = 12;
/** A replica that does not answer costs a reader this long, in ms, and then nobody for `REST_MS`. */
const CONNECTION_MS = 500;
const ANSWER_MS = 7_000;
const REST_MS = 5_000;
const LOG_EVERY_MS = 60_000;

export function openReadReplica(url: string): ReadReplica {
  const pool = openPool(url, CONNECTIONS, ANSWER_MS, searching, CONNECTION_MS);
  const never = Number.NEGATIVE_INFINITY;
  return { pool, outcomes: { served: 0, behind: 0, failed: 0 }, restsUntil: never, loggedAt: never };
}

/** The asker as others see them, and the life of the database: what changes without any room's `rev`. */
const identity: Statement<{ epoch: string; username: string; name: string; avatar: string | null }> = {
  name: "replica-identity",
  text: `SELECT s.epoch, u.username, u.name, u.avatar FROM "Server" s, "User" u WHERE u.id = $1`,
};

const upToDate: Statement<{ fresh: boolean }> = {
  name: "replica-up-to-date",
  text: `
    SELECT NOT EXISTS (
      SELECT FROM unnest($1::text[], $2::bigint[]) AS t(id, rev) LEFT JOIN "Room" r ON r.id = t.id
      WHERE r.rev IS NULL OR r.rev < t.rev
    ) AND EXISTS (
      SELECT FROM "Server" s, "User" u WHERE s.epoch = $3::uuid AND u.id = $4
        AND (u.username, u.name) = ($5, $6) AND u.avatar IS NOT DISTINCT FROM $7
    ) AS fresh`,
};

function runOn(connection: Pool | PoolClient): Run {
  return async (statement, values) => {
    const named = statement.name === "" ? {} : { name: statement.name };
    return (await connection.query({ ...named, text: statement.text, values })).rows;
  };
}

function note(replica: ReadReplica, outcome: Outcome, error?: unknown): void {
  replica.outcomes[outcome] += 1;
  const now = performance.now();
  if (outcome === "failed") replica.restsUntil = now + REST_MS;
  if (outcome === "served" || now - replica.loggedAt < LOG_EVERY_MS) return;
  replica.loggedAt = now;
  log().warn(
    { outcome, ...(error !== undefined && { err: (error as Error).message }) },
    "the read replica is behind or does not answer; reading from the primary",
  );
}

/** Reads from the replica, or resolves to undefined when that cannot be. */
async function fromReplica<T>(
  replica: ReadReplica,
  known: Known,
  read: (run: Run) => Promise<T>,
): Promise<{ value: T } | undefined> {
  const [self] = await runOn(database.get().pool)(identity, [known.userId]);
  if (!self || performance.now() < replica.restsUntil) return undefined;
  let client: PoolClient | undefined;
  let broken: Error | undefined;
  try {
    client = await replica.pool.connect();
    const run = runOn(client);
    // On one connection: what it has replayed for the check is there for the reading, too.
    const [row] = await run(upToDate, [
      known.heads.map(({ roomId }) => roomId),
      known.heads.map(({ rev }) => rev),
      self.epoch,
      known.userId,
      self.username,
      self.name,
      self.avatar,
    ]);
    if (!row?.fresh) {
      note(replica, "behind");
      return undefined;
    }
    const value = await read(run);
    note(replica, "served");
    return { value };
  } catch (error) {
    // Also a query that was cancelled because it stood in the way of replaying. A connection that failed is not kept.
    broken = error as Error;
    note(replica, "failed", error);
    return undefined;
  } finally {
    client?.release(broken);
  }
}

/**
 * Reads what need not be newer than `known`: from the read replica when there is one that has it all, else from the
 * primary, there over `pool`. `known` must come from the primary and from after the check of who may read. `read` may run
 * twice.
 */
export async function readBehind<T>(
  known: Known,
  read: (run: Run) => Promise<T>,
  pool = database.get().pool,
): Promise<T> {
  const replica = readReplica.find();
  const there = replica && performance.now() >= replica.restsUntil && (await fromReplica(replica, known, read));
  return there ? there.value : read(runOn(pool));
}
