import type { PoolClient } from "pg";
import { query, type Statement, transaction } from "@/lib/infra/database";
import { AppError, notFound } from "@/lib/protocol/errors";
import type { Member, RoomRole } from "@/lib/protocol/objects";
import { assertRole, outranks, requireMember, requireRole } from "./access";
import { lockRoom } from "./changes";
import { readCursor, writeCursor } from "./cursor";
import { addMembers, announceJoined, announceLeft, announceRole, removeMember, roleOf, setRole } from "./membership";
import { onlineAmong } from "./presence";
import { type UserRow, userView } from "./user-view";

interface MemberRow extends UserRow {
  role: RoomRole;
  joinedAt: Date;
  sortName: string;
}

/** By name, so that a page stays a page while people come online and go. */
const memberPage: Statement<MemberRow> = {
  name: "members-page",
  text: `
    SELECT u.*, m.role, m."joinedAt", lower(u.name) AS "sortName"
    FROM "RoomMember" m JOIN "User" u ON u.id = m."userId"
    WHERE m."roomId" = $1 AND (lower(u.name), u.id) > ($2, $3) AND ($4::text IS NULL OR u.id = $4)
    ORDER BY lower(u.name), u.id LIMIT $5`,
};

async function views(rows: MemberRow[]): Promise<Member[]> {
  const online = await onlineAmong(rows.map((row) => row.id));
  return rows.map((row) => ({
    user: userView(row),
    role: row.role,
    joinedAt: row.joinedAt.toISOString(),
    online: online.has(row.id),
  }));
}

/** A page of a room's members, by name, without asking who wants it. */
export async function pageOf(
  roomId: string,
  input: { cursor?: string | undefined; limit: number },
): Promise<{ members: Member[]; next: string | null }> {
  const [name, id] = input.cursor
    ? readCursor<[string, string]>("members", input.cursor, ["string", "string"])
    : ["", ""];
  const rows = await query(memberPage, [roomId, name, id, null, input.limit + 1]);
  const kept = rows.slice(0, input.limit);
  const last = kept.at(-1);
  return {
    members: await views(kept),
    next: rows.length > input.limit && last ? writeCursor("members", last.sortName, last.id) : null,
  };
}

/** @throws {AppError} `not_found` for a stranger. */
export async function list(userId: string, roomId: string, input: { cursor?: string | undefined; limit: number }) {
  await requireMember(userId, roomId);
  return pageOf(roomId, input);
}

async function member(roomId: string, userId: string): Promise<Member> {
  const [view] = await views(await query(memberPage, [roomId, "", "", userId, 1]));
  if (!view) throw notFound("This member");
  return view;
}

/**
 * Adds a person: any member of a public room may, in a private one a moderator. It also lifts a ban, which only
 * moderators may do. For a member it changes nothing.
 * @throws {AppError} `not_found` for an unknown person, `forbidden`
 */
export async function add(userId: string, roomId: string, addedId: string): Promise<Member> {
  const access = await requireMember(userId, roomId);
  assertRole(access, access.isPrivate ? "moderator" : "member");
  const added = await transaction(async (client) => {
    if (!(await lockRoom(client, roomId))) throw notFound("This room");
    const role = await roleOf(client, roomId, userId);
    if (!role) throw notFound("This room");
    const ban = await client.query(`SELECT FROM "RoomBan" WHERE "roomId" = $1 AND "userId" = $2`, [roomId, addedId]);
    if (ban.rowCount) {
      assertRole({ kind: "room", role }, "moderator");
      await client.query(`DELETE FROM "RoomBan" WHERE "roomId" = $1 AND "userId" = $2`, [roomId, addedId]);
    }
    const ids = await addMembers(client, roomId, [addedId]);
    if (!ids.length && !(await roleOf(client, roomId, addedId))) throw notFound("This person");
    return ids;
  });
  await announceJoined(roomId, added, userId);
  return member(roomId, addedId);
}

/** Locks the room; who acts and who is acted on are looked up again, because either may have left or changed meanwhile. */
async function lockedRoles(
  client: PoolClient,
  roomId: string,
  userId: string,
  memberId: string,
): Promise<{ own: RoomRole; current: RoomRole }> {
  if (!(await lockRoom(client, roomId))) throw notFound("This room");
  const own = await roleOf(client, roomId, userId);
  const current = await roleOf(client, roomId, memberId);
  if (!own) throw notFound("This room");
  if (!current) throw notFound("This member");
  return { own, current };
}

/**
 * Gives a member a role up to one's own. Nobody acts on an equal or higher role, but an admin may step down while
 * another is left.
 * @throws {AppError} `forbidden`, `not_found`, or `conflict` for the last admin stepping down.
 */
export async function changeRole(userId: string, roomId: string, memberId: string, role: RoomRole): Promise<Member> {
  await requireRole(userId, roomId, "moderator");
  await transaction(async (client) => {
    const { own, current } = await lockedRoles(client, roomId, userId, memberId);
    if (outranks(role, own)) throw new AppError("forbidden", "Nobody can give a role above their own.");
    if (memberId !== userId && !outranks(own, current)) throw higherRole();
    if (current === "admin" && role !== "admin") {
      const { rows } = await client.query<{ admins: number }>(
        `SELECT count(*)::int AS admins FROM "RoomMember" WHERE "roomId" = $1 AND role = 'admin'`,
        [roomId],
      );
      if ((rows[0]?.admins ?? 0) < 2)
        throw new AppError("conflict", "A room needs an admin. Make somebody else one first.");
    }
    await setRole(client, roomId, memberId, role);
  });
  await announceRole(roomId, memberId);
  return member(roomId, memberId);
}

function higherRole(): AppError {
  return new AppError("forbidden", "This member's role is not below yours.");
}

/**
 * Removes a member; with `ban` they cannot come back by themselves.
 * @throws {AppError} `forbidden` for an equal or higher role, `not_found`
 */
export async function remove(
  userId: string,
  roomId: string,
  memberId: string,
  { ban = false }: { ban?: boolean | undefined },
): Promise<void> {
  await requireRole(userId, roomId, "moderator");
  if (memberId === userId) throw new AppError("forbidden", "To remove yourself, leave the room.");
  await transaction(async (client) => {
    const { own, current } = await lockedRoles(client, roomId, userId, memberId);
    if (!outranks(own, current)) throw higherRole();
    await removeMember(client, roomId, memberId);
    if (ban) {
      await client.query(
        `INSERT INTO "RoomBan" ("roomId", "userId", "createdAt") VALUES ($1, $2, clock_timestamp()) ON CONFLICT DO NOTHING`,
        [roomId, memberId],
      );
    }
  });
  await announceLeft(roomId, memberId, ban ? "banned" : "removed", userId);
}
