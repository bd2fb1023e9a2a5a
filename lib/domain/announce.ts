import { background } from "@/lib/infra/background";
import { query, type Statement } from "@/lib/infra/database";
import { publisher, type RoomChange } from "@/lib/infra/publish";
import type { ServerPayload } from "@/lib/protocol/events";
import type { Message, Room } from "@/lib/protocol/objects";
import { directRooms } from "./direct-rooms";
import { groupBy } from "./group-by";
import { roomsById } from "./room-view";

/** A stored message on its way to screens. */
export interface Announced {
  message: Message;
  kind: Room["kind"];
  /** Whose message it replies to. */
  replyToUserId: string | null;
}

type NotificationKind = ServerPayload<"notification">["kind"];

const listeners: Statement<{ roomId: string; userId: string }> = {
  name: "notification-listeners",
  text: `
    SELECT m."roomId", m."userId"
    FROM unnest($1::text[], $2::text[]) AS t(room_id, user_id)
    JOIN "RoomMember" m ON m."roomId" = t.room_id AND m."userId" = t.user_id
    WHERE m.notify <> 'none' AND NOT m.muted`,
};

/**
 * Publishes newly stored messages, each room's in order. Those who are named or answered are notified afterwards: whether
 * they want to be is asked of the database, and nobody's acknowledgement waits for that.
 */
export async function announceNew(announced: Announced[]): Promise<void> {
  const byRoom = groupBy(announced, ({ message }) => message.roomId);
  const directIds = [...byRoom].flatMap(([roomId, [first]]) => (first?.kind === "dm" ? [roomId] : []));
  // Only conversations whose members are not at hand make the rooms of this batch wait.
  const directs = directIds.length ? await directRooms(directIds) : undefined;
  for (const [roomId, entries] of byRoom) {
    const changes = entries.map(({ message }): RoomChange => ({ kind: "new", rev: message.rev, message }));
    publisher.get().changes(roomId, changes, directs?.get(roomId)?.room);
    for (const { message, kind } of entries) if (kind === "dm") notifyDirect(message, directs?.get(roomId));
  }
  const named = announced.filter(
    ({ message, kind, replyToUserId }) => kind === "room" && (message.mentions.length > 0 || replyToUserId),
  );
  if (named.length) background().follow("notifying who is named", () => notifyNamed(named));
}

function notifyDirect(message: Message, direct: { room: Room; listening: string[] } | undefined): void {
  const users = direct?.listening.filter((userId) => userId !== message.user.id);
  if (direct && users?.length)
    publisher.get().emit({ users }, "notification", { kind: "dm", message, room: direct.room });
}

async function notifyNamed(announced: Announced[]): Promise<void> {
  const wanted = announced.flatMap(({ message, replyToUserId }) => {
    const kinds = new Map<string, NotificationKind>();
    if (replyToUserId) kinds.set(replyToUserId, "reply");
    for (const userId of message.mentions) kinds.set(userId, "mention");
    kinds.delete(message.user.id);
    return [...kinds].map(([userId, kind]) => ({ userId, kind, message }));
  });
  if (!wanted.length) return;
  const [rows, rooms] = await Promise.all([
    query(listeners, [wanted.map(({ message }) => message.roomId), wanted.map(({ userId }) => userId)]),
    roomsById([...new Set(wanted.map(({ message }) => message.roomId))]),
  ]);
  const listening = new Set(rows.map((row) => `${row.roomId} ${row.userId}`));
  for (const { userId, kind, message } of wanted) {
    const room = rooms.get(message.roomId);
    if (!room || !listening.has(`${message.roomId} ${userId}`)) continue;
    publisher.get().emit({ users: [userId] }, "notification", { kind, message, room });
  }
}
