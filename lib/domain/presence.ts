import { query, type Statement } from "@/lib/infra/database";
import { leases } from "@/lib/infra/leases";
import { publisher } from "@/lib/infra/publish";
import type { PresenceState } from "@/lib/protocol/objects";

/** Lease of a connected socket; renewed three times in it. */
export const PRESENCE_TTL_MS = 60_000;
export const PRESENCE_RENEWAL_MS = 20_000;
/** A page that is reloaded, or a phone between two masts, did not leave. */
const GRACE_MS = 10_000;

const held = () => leases("presence");

const statesOf: Statement<{ id: string; presence: PresenceState }> = {
  name: "presence-states",
  text: `SELECT id, presence FROM "User" WHERE id = ANY($1::text[])`,
};

const roomsOfUsers: Statement<{ userId: string; roomIds: string[] }> = {
  name: "presence-rooms",
  text: `
    SELECT m."userId", array_agg(m."roomId") AS "roomIds" FROM "RoomMember" m
    WHERE m."userId" = ANY($1::text[]) GROUP BY m."userId"`,
};

/** Those of `$2` who share a room with `$1` and are willing to be seen. */
const neighbours: Statement<{ id: string; presence: PresenceState }> = {
  name: "presence-neighbours",
  text: `
    SELECT DISTINCT u.id, u.presence FROM "RoomMember" mine
    JOIN "RoomMember" theirs ON theirs."roomId" = mine."roomId"
    JOIN "User" u ON u.id = theirs."userId"
    WHERE mine."userId" = $1 AND theirs."userId" = ANY($2::text[]) AND u.presence <> 'invisible'`,
};

/** Everybody who shares a room with `$1` and is willing to be seen, at most `$2`. */
const acquaintances: Statement<{ id: string }> = {
  name: "presence-acquaintances",
  text: `
    SELECT u.id FROM "User" u
    WHERE u.presence <> 'invisible' AND u.id IN (
      SELECT theirs."userId" FROM "RoomMember" mine JOIN "RoomMember" theirs ON theirs."roomId" = mine."roomId"
      WHERE mine."userId" = $1)
    LIMIT $2`,
};

const arrive: Statement<{ presence: PresenceState }> = {
  name: "presence-arrive",
  text: `
    UPDATE "User" SET presence = CASE presence WHEN 'away' THEN 'online'::"PresenceState" ELSE presence END
    WHERE id = $1 RETURNING presence`,
};

const depart: Statement<{ id: string; presence: PresenceState }> = {
  name: "presence-depart",
  text: `
    WITH seen AS (
      UPDATE "User" SET "lastSeenAt" = clock_timestamp()
      WHERE id = ANY($1::text[]) AND presence <> 'invisible' AND ("lastSeenAt" IS NULL OR "lastSeenAt" < clock_timestamp() - interval '1 minute')
    ) SELECT id, presence FROM "User" WHERE id = ANY($1::text[])`,
};

async function announceOnline(userId: string, state: PresenceState): Promise<void> {
  if (state === "invisible") return;
  const [row] = await query(roomsOfUsers, [[userId]]);
  if (row) publisher.get().emit({ rooms: row.roomIds }, "user:online", { userId, state });
}

async function announceOffline(userIds: string[]): Promise<void> {
  const lastSeenAt = new Date().toISOString();
  for (const { userId, roomIds } of await query(roomsOfUsers, [userIds])) {
    publisher.get().emit({ rooms: roomIds }, "user:offline", { userId, lastSeenAt });
  }
}

/** People who are online became members of a room: the room could not know that they are. */
export async function introduce(userIds: string[], roomId: string): Promise<void> {
  const online = await held().held(userIds);
  if (!online.size) return;
  for (const { id, presence } of await query(statesOf, [[...online]])) {
    if (presence !== "invisible")
      publisher.get().emit({ room: roomId }, "user:online", { userId: id, state: presence });
  }
}

/** A socket of the user connected; the first one is announced to those who share a room with them. */
export async function connected(userId: string, holder: string): Promise<void> {
  if (!(await held().hold(userId, holder, PRESENCE_TTL_MS))) return;
  const [row] = await query(arrive, [userId]);
  if (row) await announceOnline(userId, row.presence);
}

/** Renews a socket's lease; a lease that was lost (Redis emptied) is announced again, which changes nothing for who knew. */
export async function renewed(userId: string, holder: string): Promise<void> {
  if (!(await held().hold(userId, holder, PRESENCE_TTL_MS))) return;
  const [row] = await query(statesOf, [[userId]]);
  if (row) await announceOnline(userId, row.presence);
}

/** A socket of the user is gone; when it was the last, `sweep` announces it after a grace. */
export function disconnected(userId: string, holder: string): Promise<void> {
  return held().release(userId, holder, GRACE_MS);
}

/**
 * Announces those whose last lease has ended, on whichever replica; `lastSeenAt` is written at most once a minute, and not
 * for somebody invisible, whom it would betray.
 */
export async function sweep(): Promise<void> {
  const gone = await held().sweep();
  if (!gone.length) return;
  const visible = (await query(depart, [gone])).filter(({ presence }) => presence !== "invisible");
  if (visible.length) await announceOffline(visible.map(({ id }) => id));
}

/** Sets what the user is seen as; `invisible` looks like offline to everybody else. */
export async function setState(userId: string, state: PresenceState): Promise<void> {
  const [before] = await query(statesOf, [[userId]]);
  if (!before || before.presence === state) return;
  await query({ name: "presence-set", text: `UPDATE "User" SET presence = $2::"PresenceState" WHERE id = $1` }, [
    userId,
    state,
  ]);
  if (state === "invisible") await announceOffline([userId]);
  else await announceOnline(userId, state);
}

/** Those of these people who are online and willing to be seen. */
export async function onlineAmong(userIds: string[]): Promise<Set<string>> {
  const online = [...(await held().held(userIds))];
  if (!online.length) return new Set();
  const rows = await query(statesOf, [online]);
  return new Set(rows.filter(({ presence }) => presence !== "invisible").map(({ id }) => id));
}

/** With more people online a greeting starts from whom the user shares rooms with, not from who is online. */
const FEW_ONLINE = 1_000;
const MAX_ACQUAINTANCES = 10_000;

/** Everybody online who shares a room with the user; of more than 10,000 who share one, some. */
export async function onlineAround(userId: string): Promise<string[]> {
  const online = await held().some(FEW_ONLINE + 1);
  if (!online.length) return [];
  if (online.length <= FEW_ONLINE) return (await query(neighbours, [userId, online])).map(({ id }) => id);
  const rows = await query(acquaintances, [userId, MAX_ACQUAINTANCES]);
  return [...(await held().held(rows.map(({ id }) => id)))];
}
