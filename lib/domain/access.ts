import { query, type Statement } from "@/lib/infra/database";
import { AppError, notFound } from "@/lib/protocol/errors";
import type { Room, RoomRole } from "@/lib/protocol/objects";

/** What a member's way into a room found. */
export interface Access {
  roomId: string;
  kind: Room["kind"];
  role: RoomRole;
  isPrivate: boolean;
  memberCount: number;
  lastSeq: number;
  rev: number;
}

export interface MessageAccess extends Access {
  messageId: string;
  seq: number;
  authorId: string;
}

interface AccessRow {
  roomId: string;
  kind: Room["kind"];
  role: RoomRole;
  isPrivate: boolean;
  memberCount: number;
  lastSeq: string;
  rev: string;
}

const memberOf: Statement<AccessRow> = {
  name: "access-member",
  text: `
    SELECT r.id AS "roomId", r.kind, m.role, r."isPrivate", r."memberCount", r."lastSeq", r.rev
    FROM "RoomMember" m JOIN "Room" r ON r.id = m."roomId"
    WHERE m."roomId" = $1 AND m."userId" = $2 AND r."archivedAt" IS NULL`,
};

const memberOfMessage: Statement<AccessRow & { messageId: string; seq: string; authorId: string }> = {
  name: "access-message",
  text: `
    SELECT r.id AS "roomId", r.kind, m.role, r."isPrivate", r."memberCount", r."lastSeq", r.rev,
           t.id AS "messageId", t.seq, t."userId" AS "authorId"
    FROM "Message" t
    JOIN "Room" r ON r.id = t."roomId" AND r."archivedAt" IS NULL
    JOIN "RoomMember" m ON m."roomId" = r.id AND m."userId" = $2
    WHERE t.id = $1`,
};

const rank: Record<RoomRole, number> = { member: 0, moderator: 1, admin: 2 };

export function outranks(role: RoomRole, other: RoomRole): boolean {
  return rank[role] > rank[other];
}

export function hasRole(role: RoomRole, atLeast: RoomRole): boolean {
  return rank[role] >= rank[atLeast];
}

/**
 * The one door to a room, for sockets, REST and whatever comes later.
 * @throws {AppError} `not_found` for a room that does not exist, is archived, or that the user is not a member of.
 */
export async function requireMember(userId: string, roomId: string): Promise<Access> {
  const [row] = await query(memberOf, [roomId, userId]);
  if (!row) throw notFound("This room");
  return { ...row, lastSeq: Number(row.lastSeq), rev: Number(row.rev) };
}

/** @throws {AppError} `not_found` for a stranger, `forbidden` for a member of a lower role. */
export async function requireRole(userId: string, roomId: string, role: RoomRole): Promise<Access> {
  const access = await requireMember(userId, roomId);
  assertRole(access, role);
  return access;
}

/** @throws {AppError} `forbidden` below this role, and for direct conversations, which nobody runs. */
export function assertRole(access: Pick<Access, "kind" | "role">, role: RoomRole): void {
  if (access.kind === "dm") throw new AppError("forbidden", "A direct conversation belongs to all its members alike.");
  if (!hasRole(access.role, role)) {
    throw new AppError("forbidden", `Only ${role === "admin" ? "an admin" : `a ${role}`} of this room can do that.`);
  }
}

/** @throws {AppError} `not_found` for a message that does not exist or stands in a room of others. */
export async function requireMessage(userId: string, messageId: string): Promise<MessageAccess> {
  const [row] = await query(memberOfMessage, [messageId, userId]);
  if (!row) throw notFound("This message");
  return { ...row, seq: Number(row.seq), lastSeq: Number(row.lastSeq), rev: Number(row.rev) };
}
