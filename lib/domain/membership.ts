import type { PoolClient } from "pg";
import { query, type Statement } from "@/lib/infra/database";
import { publisher } from "@/lib/infra/publish";
import { AppError } from "@/lib/protocol/errors";
import type { ServerPayload } from "@/lib/protocol/events";
import type { Room, RoomRole } from "@/lib/protocol/objects";
import { introduce } from "./presence";
import { roomsOf } from "./room-view";
import { type UserRow, userView } from "./user-view";

/** Every one of these runs in a transaction that holds the room's lock (`lockRoom`), so that none crosses a send. */

const settle = `
  UPDATE "Room" SET "memberCount" = (SELECT count(*) FROM "RoomMember" WHERE "roomId" = $1) WHERE id = $1`;

/** Replicas compare this number to what their sockets hear; see docs/architecture.md "Leaving". */
const touch = `UPDATE "User" SET "accessVersion" = "accessVersion" + 1 WHERE id = ANY($1::text[])`;

/**
 * Adds those of these users who exist, are active and no members yet; what was said before they came counts as read.
 * @returns the ids of those who were added.
 */
export async function addMembers(
  client: PoolClient,
  roomId: string,
  userIds: string[],
  role: RoomRole = "member",
): Promise<string[]> {
  const { rows } = await client.query<{ userId: string }>(
    `INSERT INTO "RoomMember" ("roomId", "userId", role, "lastReadSeq", "joinedAt")
     SELECT r.id, u.id, $3::"RoomRole", r."lastSeq", clock_timestamp()
     FROM "Room" r, "User" u WHERE r.id = $1 AND u.id = ANY($2::text[]) AND u."deactivatedAt" IS NULL
     ORDER BY u.id ON CONFLICT DO NOTHING RETURNING "userId"`,
    [roomId, userIds, role],
  );
  const added = rows.map((row) => row.userId);
  if (added.length) await settleMembers(client, roomId, added);
  return added;
}

/** @returns whether the user was a member. */
export async function removeMember(client: PoolClient, roomId: string, userId: string): Promise<boolean> {
  const { rowCount } = await client.query(`DELETE FROM "RoomMember" WHERE "roomId" = $1 AND "userId" = $2`, [
    roomId,
    userId,
  ]);
  if (!rowCount) return false;
  await client.query(`DELETE FROM "ReadReceipt" WHERE "roomId" = $1 AND "userId" = $2`, [roomId, userId]);
  await settleMembers(client, roomId, [userId]);
  return true;
}

async function settleMembers(client: PoolClient, roomId: string, userIds: string[]): Promise<void> {
  await client.query(settle, [roomId]);
  await client.query(touch, [userIds]);
}

export async function roleOf(client: PoolClient, roomId: string, userId: string): Promise<RoomRole | undefined> {
  const { rows } = await client.query<{ role: RoomRole }>(
    `SELECT role FROM "RoomMember" WHERE "roomId" = $1 AND "userId" = $2`,
    [roomId, userId],
  );
  return rows[0]?.role;
}

export async function setRole(client: PoolClient, roomId: string, userId: string, role: RoomRole): Promise<void> {
  await client.query(`UPDATE "RoomMember" SET role = $3::"RoomRole" WHERE "roomId" = $1 AND "userId" = $2`, [
    roomId,
    userId,
    role,
  ]);
}

/** @throws {AppError} `forbidden` for somebody who was banned from the room. */
export async function assertNotBanned(client: PoolClient, roomId: string, userId: string): Promise<void> {
  const { rowCount } = await client.query(`SELECT FROM "RoomBan" WHERE "roomId" = $1 AND "userId" = $2`, [
    roomId,
    userId,
  ]);
  if (rowCount)
    throw new AppError("forbidden", "You were removed from this room. Ask one of its moderators to add you.");
}

const usersByIds: Statement<UserRow> = {
  name: "users-by-id",
  text: `SELECT * FROM "User" WHERE id = ANY($1::text[])`,
};

/** After the commit: subscribes new members' sockets, tells them of the room and the room of them. */
export async function announceJoined(roomId: string, userIds: string[], by?: string): Promise<void> {
  if (!userIds.length) return;
  const bus = publisher.get();
  bus.join(userIds, roomId);
  for (const userId of userIds) {
    const [room] = await roomsOf(userId, [roomId]);
    if (room) bus.emit({ users: [userId] }, "room:joined", { room });
  }
  for (const user of await query(usersByIds, [userIds])) {
    bus.emit({ room: roomId }, "room:user-joined", { roomId, user: userView(user), ...(by && { by }) });
  }
  await introduce(userIds, roomId);
}

/** After the commit: first the subscription ends, so that nothing said from now on reaches who left. */
export async function announceLeft(
  roomId: string,
  userId: string,
  reason: ServerPayload<"room:removed">["reason"],
  by?: string,
): Promise<void> {
  const bus = publisher.get();
  bus.leave([userId], roomId);
  bus.emit({ users: [userId] }, "room:removed", { roomId, reason });
  const [user] = await query(usersByIds, [[userId]]);
  if (user) bus.emit({ room: roomId }, "room:user-left", { roomId, user: userView(user), ...(by && { by }) });
}

/** After the commit: shows a member's own devices the room with the role they now have. */
export async function announceRole(roomId: string, userId: string): Promise<void> {
  const [room] = await roomsOf(userId, [roomId]);
  if (room) publisher.get().emit({ users: [userId] }, "room:updated", { room });
}

/** A room as one of its members sees it. */
export async function ownRoom(userId: string, roomId: string): Promise<Room> {
  const [room] = await roomsOf(userId, [roomId]);
  if (!room) throw new AppError("not_found", "This room was not found.");
  return room;
}
