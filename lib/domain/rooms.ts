import cuid from "@bugsnag/cuid";
import type { PoolClient } from "pg";
import { isUniqueViolation, query, transaction } from "@/lib/infra/database";
import { publisher } from "@/lib/infra/publish";
import { AppError, invalid, notFound } from "@/lib/protocol/errors";
import { DEFAULT_PAGE } from "@/lib/protocol/limits";
import type { Room, RoomRole } from "@/lib/protocol/objects";
import type { CreateRoomInput, RoomDetails, UpdateMembershipInput, UpdateRoomInput } from "@/lib/protocol/routes";
import { assertRole, requireMember, requireRole } from "./access";
import { lockRoom } from "./changes";
import { readCursor, writeCursor } from "./cursor";
import { inLane } from "./lanes";
import * as members from "./members";
import {
  addMembers,
  announceJoined,
  announceLeft,
  announceRole,
  assertNotBanned,
  ownRoom,
  removeMember,
  roleOf,
  setRole,
} from "./membership";
import { publicRooms, roomsById, roomsOf, roomView } from "./room-view";
import { sendMessage } from "./send-queue";

/** Names are compared without regard to case and width; only public rooms need one of their own. */
export function nameKey(name: string): string {
  return name.normalize("NFKC").toLowerCase();
}

function nameTaken(error: unknown): unknown {
  if (!isUniqueViolation(error)) return error;
  return new AppError("conflict", "A public room with this name exists already. Join it or choose another name.", {
    name: "is taken by another public room",
  });
}

/** All of a user's rooms and direct conversations, with their unread and mention counts. */
export function list(userId: string): Promise<Room[]> {
  return roomsOf(userId);
}

/** Public rooms by name, to browse; those the user is in carry `me`. */
export async function browse(
  userId: string,
  input: { q?: string | undefined; cursor?: string | undefined; limit: number },
): Promise<{ rooms: Room[]; next: string | null }> {
  const [after] = input.cursor ? readCursor<[string]>("rooms", input.cursor, ["string"]) : [""];
  const pattern = nameKey(input.q ?? "")
    .trim()
    .slice(0, 100)
    .replace(/[\\%_]/g, "\\$&");
  const rows = await query(publicRooms, [after, pattern, input.limit + 1]);
  const kept = rows.slice(0, input.limit);
  const own = new Map(
    (
      await roomsOf(
        userId,
        kept.map((row) => row.id),
      )
    ).map((room) => [room.id, room]),
  );
  const last = kept.at(-1);
  return {
    rooms: kept.map((row) => own.get(row.id) ?? roomView(row)),
    next: rows.length > input.limit && last ? writeCursor("rooms", last.nameKey) : null,
  };
}

/**
 * Creates a room with its creator as admin and, beside them, those of `memberIds` who exist.
 * @throws {AppError} `conflict` when another public room has the name.
 */
export async function create(userId: string, input: CreateRoomInput): Promise<Room> {
  const id = cuid();
  const isPrivate = input.isPrivate ?? false;
  const others = [...new Set(input.memberIds ?? [])].filter((member) => member !== userId);
  const added = await transaction(async (client) => {
    await client.query(
      `INSERT INTO "Room" (id, kind, name, "nameKey", description, "isPrivate", "createdById")
       VALUES ($1, 'room', $2, $3, $4, $5, $6)`,
      [id, input.name, isPrivate ? null : nameKey(input.name), input.description ?? "", isPrivate, userId],
    );
    await addMembers(client, id, [userId], "admin");
    const found = others.length ? await addMembers(client, id, others) : [];
    if (found.length < others.length) throw invalid({ memberIds: "names somebody who has no account here" });
    return [userId, ...found];
  }).catch((error) => {
    throw nameTaken(error);
  });
  await announceJoined(id, added, userId);
  return ownRoom(userId, id);
}

/**
 * A room with the first page of its members. A public room is shown to everybody, without `me` to strangers.
 * @throws {AppError} `not_found`
 */
export async function get(userId: string, roomId: string): Promise<RoomDetails> {
  const [own] = await roomsOf(userId, [roomId]);
  const room = own ?? (await roomsById([roomId])).get(roomId);
  if (!room || (!own && (room.isPrivate || room.kind === "dm"))) throw notFound("This room");
  const first = await members.pageOf(roomId, { limit: DEFAULT_PAGE });
  return { room, ...first };
}

const settings = ["name", "description", "isPrivate"] as const;

/**
 * Renames, describes, opens or closes a room; what changed is said in it by a system message.
 * @throws {AppError} `forbidden` below admin, `conflict` for a taken name.
 */
export async function update(userId: string, roomId: string, input: UpdateRoomInput): Promise<Room> {
  await requireRole(userId, roomId, "admin");
  const told = await inLane(roomId, () =>
    transaction(async (client) => {
      if (!(await lockRoom(client, roomId))) throw notFound("This room");
      assertRole({ kind: "room", role: (await roleOf(client, roomId, userId)) ?? "member" }, "admin");
      const { rows } = await client.query<Required<UpdateRoomInput>>(
        `SELECT name, description, "isPrivate" FROM "Room" WHERE id = $1`,
        [roomId],
      );
      const before = rows[0] as Required<UpdateRoomInput>;
      const after = {
        ...before,
        ...Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined)),
      };
      if (settings.every((key) => before[key] === after[key])) return [];
      await client.query(
        `UPDATE "Room" SET name = $2, "nameKey" = $3, description = $4, "isPrivate" = $5 WHERE id = $1`,
        [roomId, after.name, after.isPrivate ? null : nameKey(after.name), after.description, after.isPrivate],
      );
      return sayChanges(before, after);
    }),
  ).catch((error) => {
    throw nameTaken(error);
  });
  const room = (await roomsById([roomId])).get(roomId);
  if (room && told.length) publisher.get().emit({ room: roomId }, "room:updated", { room });
  for (const content of told) await sendMessage({ userId, roomId, clientId: cuid(), content, type: "system" });
  return ownRoom(userId, roomId);
}

function sayChanges(before: Required<UpdateRoomInput>, after: Required<UpdateRoomInput>): string[] {
  const told: string[] = [];
  if (before.name !== after.name) told.push(`renamed the room from “${before.name}” to “${after.name}”`);
  if (before.description !== after.description) {
    told.push(after.description ? `set the topic: ${after.description}` : "removed the topic");
  }
  if (before.isPrivate !== after.isPrivate)
    told.push(after.isPrivate ? "made the room private" : "made the room public");
  return told;
}

/**
 * Archives a room: nobody sees it any more; its messages stay in the database.
 * @throws {AppError} `forbidden` below admin.
 */
export async function archive(userId: string, roomId: string): Promise<void> {
  await requireRole(userId, roomId, "admin");
  const memberIds = await inLane(roomId, () =>
    transaction(async (client) => {
      if (!(await lockRoom(client, roomId))) throw notFound("This room");
      assertRole({ kind: "room", role: (await roleOf(client, roomId, userId)) ?? "member" }, "admin");
      return close(client, roomId);
    }),
  );
  publisher.get().leave("everyone", roomId);
  for (let from = 0; from < memberIds.length; from += 500) {
    publisher.get().emit({ users: memberIds.slice(from, from + 500) }, "room:removed", { roomId, reason: "archived" });
  }
}

async function close(client: PoolClient, roomId: string): Promise<string[]> {
  await client.query(`UPDATE "Room" SET "archivedAt" = clock_timestamp(), "nameKey" = NULL WHERE id = $1`, [roomId]);
  const { rows } = await client.query<{ id: string }>(
    `UPDATE "User" SET "accessVersion" = "accessVersion" + 1
     WHERE id IN (SELECT "userId" FROM "RoomMember" WHERE "roomId" = $1) RETURNING id`,
    [roomId],
  );
  return rows.map((row) => row.id);
}

/**
 * Joins a public room; for a member it changes nothing.
 * @throws {AppError} `not_found` for a private room, `forbidden` for somebody banned.
 */
export async function join(userId: string, roomId: string): Promise<Room> {
  const added = await transaction(async (client) => {
    const { rows } = await client.query<{ isPrivate: boolean; kind: Room["kind"] }>(
      `SELECT "isPrivate", kind FROM "Room" WHERE id = $1 AND "archivedAt" IS NULL FOR NO KEY UPDATE`,
      [roomId],
    );
    const [room] = rows;
    if (!room) throw notFound("This room");
    if (await roleOf(client, roomId, userId)) return [];
    if (room.isPrivate || room.kind === "dm") throw notFound("This room");
    await assertNotBanned(client, roomId, userId);
    // A public room that everybody left belongs to whoever comes first.
    const { rowCount } = await client.query(`SELECT FROM "RoomMember" WHERE "roomId" = $1 LIMIT 1`, [roomId]);
    return addMembers(client, roomId, [userId], rowCount ? "member" : "admin");
  });
  await announceJoined(roomId, added);
  return ownRoom(userId, roomId);
}

/**
 * Leaves a room; for a stranger to it nothing happens. The last admin hands the role to the longest-standing moderator,
 * else member; a private room that nobody is left in is archived.
 * @throws {AppError} `forbidden` for a direct conversation.
 */
export async function leave(userId: string, roomId: string): Promise<void> {
  const access = await requireMember(userId, roomId).catch((error: AppError) => {
    if (error.code === "not_found") return undefined;
    throw error;
  });
  if (!access) return;
  if (access.kind === "dm") throw new AppError("forbidden", "A direct conversation cannot be left. Mute it instead.");
  const { left, heirId } = await transaction<{ left: boolean; heirId?: string | undefined }>(async (client) => {
    if (!(await lockRoom(client, roomId)) || !(await removeMember(client, roomId, userId))) return { left: false };
    const heirId = await handOver(client, roomId);
    const { rowCount } = await client.query(`SELECT FROM "RoomMember" WHERE "roomId" = $1 LIMIT 1`, [roomId]);
    if (!rowCount && access.isPrivate) await close(client, roomId);
    return { left: true, heirId };
  });
  if (left) await announceLeft(roomId, userId, "left");
  if (heirId) await announceRole(roomId, heirId);
}

/** @returns whom the room was handed to, if it had to be. */
async function handOver(client: PoolClient, roomId: string): Promise<string | undefined> {
  const { rows } = await client.query<{ userId: string; role: RoomRole }>(
    `SELECT "userId", role FROM "RoomMember" WHERE "roomId" = $1
     ORDER BY CASE role WHEN 'admin' THEN 0 WHEN 'moderator' THEN 1 ELSE 2 END, "joinedAt", "userId" LIMIT 1`,
    [roomId],
  );
  const [heir] = rows;
  if (!heir || heir.role === "admin") return undefined;
  await setRole(client, roomId, heir.userId, "admin");
  return heir.userId;
}

/**
 * One's own side of a room: notify level, mute, star, and the read mark, which only here may move down ("mark unread").
 * @throws {AppError} `not_found`, `invalid` for a mark beyond the room's end.
 */
export async function updateMine(userId: string, roomId: string, input: UpdateMembershipInput): Promise<Room> {
  const { lastSeq } = await requireMember(userId, roomId);
  if (input.lastReadSeq !== undefined && input.lastReadSeq > lastSeq) {
    throw invalid({ lastReadSeq: `must be at most ${lastSeq}, the newest message's place` });
  }
  await query(
    {
      name: "membership-update",
      text: `
        UPDATE "RoomMember" SET notify = coalesce($3::"NotifyLevel", notify), muted = coalesce($4, muted),
          starred = coalesce($5, starred), "lastReadSeq" = coalesce($6, "lastReadSeq")
        WHERE "roomId" = $1 AND "userId" = $2`,
    },
    [roomId, userId, input.notify ?? null, input.muted ?? null, input.starred ?? null, input.lastReadSeq ?? null],
  );
  const room = await ownRoom(userId, roomId);
  publisher.get().emit({ users: [userId] }, "room:updated", { room });
  return room;
}
