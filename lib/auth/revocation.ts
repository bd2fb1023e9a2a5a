import { isUnavailable, query, type Statement, unavailable } from "@/lib/infra/database";
import { service } from "@/lib/infra/registry";

/**
 * How long an answer of the database is believed, in ms. Bounds how long another replica lets an ended session in,
 * so it stays at the second that a revocation may take.
 */
const believedFor = 1_000;
const maxEntries = 20_000;

interface Entry {
  /** The session's owner, or undefined when it has ended or never was. */
  userId: string | undefined;
  askedAt: number;
}

interface SessionCache {
  entries: Map<string, Entry>;
  inFlight: Map<string, { answer: Promise<string | undefined> }>;
}

const cacheService = service<SessionCache>("session-cache");
const cache = () => cacheService.find() ?? cacheService.provide({ entries: new Map(), inFlight: new Map() });

const liveOwner: Statement<{ userId: string }> = {
  name: "session-owner",
  text: `SELECT s."userId" FROM "Session" s JOIN "User" u ON u.id = s."userId"
         WHERE s.id = $1 AND s."revokedAt" IS NULL AND s."expiresAt" > now() AND u."deactivatedAt" IS NULL`,
};

/**
 * Whose a live session is; undefined when it has ended, expired, or its owner is deactivated. PostgreSQL is asked at
 * most once a second a session, whatever the number of callers.
 * @throws {AppError} `unavailable` when the database cannot say: unknown never means allowed.
 */
export async function sessionOwner(sessionId: string): Promise<string | undefined> {
  const { entries, inFlight } = cache();
  const known = entries.get(sessionId);
  if (known && Date.now() - known.askedAt < believedFor) return known.userId;
  const running = inFlight.get(sessionId);
  if (running) return running.answer;

  const askedAt = Date.now();
  const request = { answer: ask(sessionId) };
  inFlight.set(sessionId, request);
  try {
    const userId = await request.answer;
    // Forgotten meanwhile: the session may have ended after the query read it.
    if (inFlight.get(sessionId) === request) remember(sessionId, { userId, askedAt });
    return userId;
  } finally {
    if (inFlight.get(sessionId) === request) inFlight.delete(sessionId);
  }
}

async function ask(sessionId: string): Promise<string | undefined> {
  try {
    const [row] = await query(liveOwner, [sessionId]);
    return row?.userId;
  } catch (error) {
    throw isUnavailable(error) ? unavailable() : error;
  }
}

function remember(sessionId: string, entry: Entry): void {
  const { entries } = cache();
  entries.delete(sessionId);
  if (entries.size >= maxEntries) {
    const oldest = entries.keys().next();
    if (!oldest.done) entries.delete(oldest.value);
  }
  entries.set(sessionId, entry);
}

/** Makes this process ask the database again; called after a session has ended. */
export function forgetSession(sessionId: string): void {
  const { entries, inFlight } = cache();
  entries.delete(sessionId);
  inFlight.delete(sessionId);
}
