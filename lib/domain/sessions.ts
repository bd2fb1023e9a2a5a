import { randomBytes } from "node:crypto";
import cuid from "@bugsnag/cuid";
import type { PoolClient } from "pg";
import { successorOf, tokenHash } from "@/lib/auth/keys";
import { forgetSession } from "@/lib/auth/revocation";
import { signAccessToken, unauthorized } from "@/lib/auth/tokens";
import { database, transaction } from "@/lib/infra/database";
import { publisher } from "@/lib/infra/publish";
import { notFound } from "@/lib/protocol/errors";
import type { Session } from "@/lib/protocol/objects";

const day = 24 * 60 * 60 * 1_000;
/** Ms that a session lives without being refreshed. */
export const SESSION_IDLE_MS = 7 * day;
/** Ms after which a session ends whatever is refreshed. */
export const SESSION_LIFE_MS = 30 * day;
/** Ms within which a used refresh token still leads to its successor: two tabs, or a lost answer. */
const graceMs = 10_000;

/** The device that asks. */
export interface Client {
  device: string;
  address: string;
}

export interface Tokens {
  userId: string;
  sessionId: string;
  accessToken: string;
  accessExpiresAt: Date;
  refreshToken: string;
  refreshExpiresAt: Date;
}

/**
 * Starts a session on a new device, unless the person was deactivated, or changed the password that was proven
 * (`passwordHash`), while it was being checked.
 * @throws {AppError} `unauthorized`
 */
export async function start(userId: string, client: Client, passwordHash?: string): Promise<Tokens> {
  const refreshToken = randomBytes(32).toString("base64url");
  const sessionId = cuid();
  const refreshExpiresAt = await transaction(async (db) => {
    const { rows } = await db.query<{ id: string }>(
      `SELECT id FROM "User" WHERE id = $1 AND "deactivatedAt" IS NULL AND ($2::text IS NULL OR "passwordHash" = $2)
       FOR SHARE`,
      [userId, passwordHash ?? null],
    );
    if (rows.length === 0) throw unauthorized();
    await db.query(
      `INSERT INTO "Session" (id, "userId", device, address, "expiresAt")
       VALUES ($1, $2, $3, $4, now() + $5 * interval '1 ms')`,
      [sessionId, userId, client.device, client.address, SESSION_LIFE_MS],
    );
    return storeToken(db, refreshToken, sessionId);
  });
  return issue(userId, sessionId, refreshToken, refreshExpiresAt);
}

async function issue(userId: string, sessionId: string, refreshToken: string, refreshExpiresAt: Date): Promise<Tokens> {
  const { token, expiresAt } = await signAccessToken({ userId, sessionId });
  return { userId, sessionId, accessToken: token, accessExpiresAt: expiresAt, refreshToken, refreshExpiresAt };
}

/** Stores the hash of a session's next token; it never outlives the session. */
async function storeToken(db: PoolClient, token: string, sessionId: string): Promise<Date> {
  const { rows } = await db.query<{ expiresAt: Date }>(
    `INSERT INTO "RefreshToken" ("tokenHash", "sessionId", "expiresAt")
     SELECT $1, s.id, least(now() + $3 * interval '1 ms', s."expiresAt") FROM "Session" s WHERE s.id = $2
     RETURNING "expiresAt"`,
    [tokenHash(token), sessionId, SESSION_IDLE_MS],
  );
  const [row] = rows;
  if (!row) throw unauthorized();
  return row.expiresAt;
}

interface StoredToken {
  sessionId: string;
  userId: string;
  expiresAt: Date;
  alive: boolean;
  /** Ms since it was used; null while it was not. */
  usedFor: number | null;
}

/** Locks the session, so that however many present its tokens at once, one of them rotates and the rest follow. */
async function lockToken(db: PoolClient, token: string): Promise<StoredToken | undefined> {
  const { rows: found } = await db.query<{ sessionId: string }>(
    `SELECT s.id AS "sessionId" FROM "Session" s JOIN "RefreshToken" t ON t."sessionId" = s.id
     WHERE t."tokenHash" = $1 FOR UPDATE OF s`,
    [tokenHash(token)],
  );
  return found.length > 0 ? readToken(db, token) : undefined;
}

async function readToken(db: PoolClient, token: string): Promise<StoredToken | undefined> {
  const { rows } = await db.query<StoredToken>(
    `SELECT s.id AS "sessionId", s."userId", t."expiresAt",
       s."revokedAt" IS NULL AND s."expiresAt" > now() AND t."expiresAt" > now() AND u."deactivatedAt" IS NULL AS alive,
       (extract(epoch FROM clock_timestamp() - t."usedAt") * 1000)::float8 AS "usedFor"
     FROM "RefreshToken" t JOIN "Session" s ON s.id = t."sessionId" JOIN "User" u ON u.id = s."userId"
     WHERE t."tokenHash" = $1`,
    [tokenHash(token)],
  );
  return rows[0];
}

/**
 * Exchanges a refresh token for its successor. Within 10 s of its first use the same token leads to the same
 * successor; later it can only have been copied, so its whole session ends.
 * @throws {AppError} `unauthorized`
 */
export async function refresh(refreshToken: string): Promise<Tokens> {
  if (!/^[A-Za-z0-9_-]{43}$/.test(refreshToken)) throw unauthorized();
  const outcome = await transaction(async (db) => {
    let token = refreshToken;
    let stored = await lockToken(db, token);
    // Another tab may have gone more than one step ahead: the newest token is the one to hand out.
    while (stored?.alive && stored.usedFor !== null && stored.usedFor <= graceMs) {
      token = successorOf(token);
      const next = await readToken(db, token);
      if (next?.usedFor === null) return { ...stored, token, expiresAt: next.expiresAt };
      stored = next;
    }
    if (!stored?.alive) return undefined;
    if (stored.usedFor !== null) {
      await db.query(`UPDATE "Session" SET "revokedAt" = now() WHERE id = $1`, [stored.sessionId]);
      return { ...stored, token: null };
    }
    await db.query(`UPDATE "RefreshToken" SET "usedAt" = clock_timestamp() WHERE "tokenHash" = $1`, [tokenHash(token)]);
    await db.query(`UPDATE "Session" SET "lastUsedAt" = now() WHERE id = $1`, [stored.sessionId]);
    const next = successorOf(token);
    return { ...stored, token: next, expiresAt: await storeToken(db, next, stored.sessionId) };
  });
  if (!outcome) throw unauthorized();
  if (outcome.token === null) {
    announceEnd([outcome.sessionId]);
    throw unauthorized();
  }
  return issue(outcome.userId, outcome.sessionId, outcome.token, outcome.expiresAt);
}

const alive = `"revokedAt" IS NULL AND "expiresAt" > now() AND "lastUsedAt" > now() - $2 * interval '1 ms'`;

/** A person's signed-in devices, the latest used first. */
export async function list(userId: string, currentSessionId: string): Promise<Session[]> {
  const { rows } = await database.get().pool.query<
    Omit<Session, "current" | "createdAt" | "lastUsedAt"> & {
      createdAt: Date;
      lastUsedAt: Date;
    }
  >(
    `SELECT id, device, address, "createdAt", "lastUsedAt" FROM "Session" WHERE "userId" = $1 AND ${alive}
     ORDER BY "lastUsedAt" DESC, id LIMIT 200`,
    [userId, SESSION_IDLE_MS],
  );
  return rows.map((row) => ({
    ...row,
    createdAt: row.createdAt.toISOString(),
    lastUsedAt: row.lastUsedAt.toISOString(),
    current: row.id === currentSessionId,
  }));
}

/**
 * Ends one of a person's sessions and closes its sockets.
 * @throws {AppError} `not_found` for another's, an ended or an unknown one alike.
 */
export async function revoke(userId: string, sessionId: string): Promise<void> {
  const { rowCount } = await database
    .get()
    .pool.query(`UPDATE "Session" SET "revokedAt" = now() WHERE id = $1 AND "userId" = $2 AND "revokedAt" IS NULL`, [
      sessionId,
      userId,
    ]);
  if (rowCount === 0) throw notFound("The session");
  announceEnd([sessionId]);
}

/** Ends a session, if it has not ended yet, and closes its sockets. */
export async function end(sessionId: string): Promise<void> {
  await database
    .get()
    .pool.query(`UPDATE "Session" SET "revokedAt" = now() WHERE id = $1 AND "revokedAt" IS NULL`, [sessionId]);
  announceEnd([sessionId]);
}

/** Ends the session that a refresh token belongs to; tells whether there was one to end. */
export async function revokeByRefreshToken(refreshToken: string): Promise<boolean> {
  const { rows } = await database.get().pool.query<{ id: string }>(
    `UPDATE "Session" s SET "revokedAt" = now() FROM "RefreshToken" t
     WHERE t."tokenHash" = $1 AND t."sessionId" = s.id AND s."revokedAt" IS NULL RETURNING s.id`,
    [tokenHash(refreshToken)],
  );
  announceEnd(rows.map((row) => row.id));
  return rows.length > 0;
}

/** Ends all of a person's sessions but one and closes their sockets. */
export async function revokeAll(userId: string, except?: string): Promise<void> {
  announceEnd(await transaction((db) => revokeAllIn(db, userId, except)));
}

/** As `revokeAll`, inside a transaction; the caller passes the ids to `announceEnd` after the commit. */
export async function revokeAllIn(db: PoolClient, userId: string, except?: string): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `UPDATE "Session" SET "revokedAt" = now() WHERE "userId" = $1 AND id <> $2 AND "revokedAt" IS NULL RETURNING id`,
    [userId, except ?? ""],
  );
  return rows.map((row) => row.id);
}

/** Makes the end of sessions felt, once it is committed: here at once, elsewhere through the publisher. */
export function announceEnd(sessionIds: string[]): void {
  for (const session of sessionIds) {
    forgetSession(session);
    publisher.find()?.disconnect({ session });
  }
}

/** Which of these sessions still live, in one query: what was announced during an outage never arrived. */
export async function liveSessions(sessionIds: string[]): Promise<Set<string>> {
  const { rows } = await database.get().pool.query<{ id: string }>(
    `SELECT s.id FROM "Session" s JOIN "User" u ON u.id = s."userId"
     WHERE s.id = ANY($1) AND s."revokedAt" IS NULL AND s."expiresAt" > now() AND u."deactivatedAt" IS NULL`,
    [sessionIds],
  );
  return new Set(rows.map((row) => row.id));
}
