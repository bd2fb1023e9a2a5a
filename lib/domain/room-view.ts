import { query, type Statement } from "@/lib/infra/database";
import { MAX_COUNT } from "@/lib/protocol/limits";
import type { Membership, Room } from "@/lib/protocol/objects";
import { type BriefRow, briefView } from "./user-view";

export interface RoomRow {
  id: string;
  kind: Room["kind"];
  name: string;
  description: string;
  isPrivate: boolean;
  createdById: string | null;
  createdAt: Date;
  memberCount: number;
  lastSeq: string;
  rev: string;
  lastMessageAt: Date;
  members: BriefRow[] | null;
}

export interface OwnRoomRow extends RoomRow {
  role: Membership["role"];
  lastReadSeq: string;
  notify: Membership["notify"];
  muted: boolean;
  starred: boolean;
  unread: number;
  mentions: number;
}

/** `r` is the room. Only direct conversations carry their members, at most eight. */
const roomColumns = `
  r.id, r.kind, r.name, r.description, r."isPrivate", r."createdById", r."createdAt", r."memberCount",
  r."lastSeq", r.rev, r."lastMessageAt",
  CASE WHEN r.kind = 'dm' THEN (
    SELECT json_agg(json_build_object('id', u.id, 'username', u.username, 'name', u.name, 'avatar', u.avatar, 'isBot', u."isBot")
                    ORDER BY u.name, u.id)
    FROM "RoomMember" x JOIN "User" u ON u.id = x."userId" WHERE x."roomId" = r.id) END AS members`;

/**
 * `me` is the caller's membership. Counts are read off the messages every time and never kept, so they cannot
 * drift; they stop at 100, because nobody is told more than "99+".
 */
const ownColumns = `
  me.role, me."lastReadSeq", me.notify, me.muted, me.starred,
  (SELECT count(*)::int FROM (
     SELECT FROM "Message" m WHERE m."roomId" = r.id AND m.seq > me."lastReadSeq"
       AND m."userId" <> me."userId" AND m."deletedAt" IS NULL LIMIT ${MAX_COUNT}) c) AS unread,
  (SELECT count(*)::int FROM (
     SELECT FROM "Mention" x WHERE x."userId" = me."userId" AND x."roomId" = r.id
       AND x.seq > me."lastReadSeq" LIMIT ${MAX_COUNT}) c) AS mentions`;

const byIds: Statement<RoomRow> = {
  name: "rooms-by-id",
  text: `SELECT ${roomColumns} FROM "Room" r WHERE r.id = ANY($1::text[]) AND r."archivedAt" IS NULL`,
};

const ownRooms: Statement<OwnRoomRow> = {
  name: "rooms-of-user",
  text: `
    SELECT ${roomColumns}, ${ownColumns}
    FROM "RoomMember" me JOIN "Room" r ON r.id = me."roomId" AND r."archivedAt" IS NULL
    WHERE me."userId" = $1 AND ($2::text[] IS NULL OR r.id = ANY($2::text[]))
    ORDER BY r."lastMessageAt" DESC, r.id`,
};

export const publicRooms: Statement<RoomRow & { nameKey: string }> = {
  name: "rooms-public",
  text: `
    SELECT ${roomColumns}, r."nameKey" FROM "Room" r
    WHERE r.kind = 'room' AND NOT r."isPrivate" AND r."archivedAt" IS NULL
      AND r."nameKey" > $1 AND ($2 = '' OR r."nameKey" LIKE '%' || $2 || '%')
    ORDER BY r."nameKey" LIMIT $3`,
};

export function roomView(row: RoomRow): Room {
  return {
    id: row.id,
    kind: row.kind,
    name: row.name,
    description: row.description,
    isPrivate: row.isPrivate,
    createdBy: row.createdById,
    createdAt: row.createdAt.toISOString(),
    memberCount: row.memberCount,
    lastSeq: Number(row.lastSeq),
    rev: Number(row.rev),
    lastMessageAt: row.lastMessageAt.toISOString(),
    ...(row.members && { members: row.members.map(briefView) }),
  };
}

function ownRoomView(row: OwnRoomRow): Room {
  const { role, notify, muted, starred, unread, mentions } = row;
  return {
    ...roomView(row),
    me: { role, lastReadSeq: Number(row.lastReadSeq), unread, mentions, notify, muted, starred },
  };
}

/** Rooms as everybody in them sees them; unknown and archived ones are left out. */
export async function roomsById(roomIds: string[]): Promise<Map<string, Room>> {
  const rows = await query(byIds, [roomIds]);
  return new Map(rows.map((row) => [row.id, roomView(row)]));
}

/** A member's rooms as they see them, most recently used first; all of them, or those of `roomIds`. */
export async function roomsOf(userId: string, roomIds?: string[]): Promise<Room[]> {
  const rows = await query(ownRooms, [userId, roomIds ?? null]);
  return rows.map(ownRoomView);
}
