import { background, type Task } from "@/lib/infra/background";
import { database } from "@/lib/infra/database";

const everyMs = 60 * 60 * 1_000;
const firstAfterMs = 60_000;
/** Rows a statement, so that a backlog never holds locks for long. */
const batch = 1_000;
const maxBatches = 20;

/** An ended session stays a day, so that a copied token that comes back is still told from an unknown one. */
const sessions = `DELETE FROM "Session" WHERE id IN (
  SELECT id FROM "Session" WHERE "expiresAt" < now() OR "revokedAt" < now() - interval '1 day'
    OR "lastUsedAt" < now() - interval '8 days'
  LIMIT ${batch} FOR UPDATE SKIP LOCKED)`;
const tokens = `DELETE FROM "RefreshToken" WHERE "tokenHash" IN (
  SELECT "tokenHash" FROM "RefreshToken" WHERE "expiresAt" < now() LIMIT ${batch} FOR UPDATE SKIP LOCKED)`;

/** Deletes ended sessions and expired refresh tokens, a bounded number a run; returns how many rows went. */
export async function sweepSessions(): Promise<number> {
  let total = 0;
  for (const statement of [sessions, tokens]) {
    for (let run = 0; run < maxBatches; run += 1) {
      const { rowCount } = await database.get().pool.query(statement);
      total += rowCount ?? 0;
      if ((rowCount ?? 0) < batch) break;
    }
  }
  return total;
}

/** Sweeps hourly until stopped. Replicas may do so side by side: locked rows are left to whoever holds them. */
export function startSessionSweeper(): Task {
  return background().every("clearing ended sessions away", everyMs, sweepSessions, { firstMs: firstAfterMs });
}
