import { query, type Statement } from "@/lib/infra/database";
import { service } from "@/lib/infra/registry";
import type { Room } from "@/lib/protocol/objects";
import { roomsById } from "./room-view";

/** A direct conversation as its messages are announced. */
export interface DirectRoom {
  room: Room;
  /** Members who want to be notified. */
  listening: string[];
}

interface Entry extends DirectRoom {
  until: number;
}

/** Who is in a direct conversation never changes; names and notify levels may be this old, in ms. */
const TTL = 5_000;
const MAX_ENTRIES = 10_000;

const cache = service<Map<string, Entry>>("direct-rooms");

const levels: Statement<{ roomId: string; listening: string[] }> = {
  name: "direct-listening",
  text: `
    SELECT "roomId", array_agg("userId") AS listening FROM "RoomMember"
    WHERE "roomId" = ANY($1::text[]) AND notify <> 'none' AND NOT muted GROUP BY "roomId"`,
};

/** The direct conversations of these ids, from memory where they were read in the last 5 s. */
export async function directRooms(roomIds: string[]): Promise<Map<string, DirectRoom>> {
  const entries = cache.find() ?? cache.provide(new Map());
  const now = performance.now();
  const missing = roomIds.filter((roomId) => (entries.get(roomId)?.until ?? 0) <= now);
  if (missing.length) {
    const [rooms, rows] = await Promise.all([roomsById(missing), query(levels, [missing])]);
    const listening = new Map(rows.map((row) => [row.roomId, row.listening]));
    if (entries.size + rooms.size > MAX_ENTRIES) entries.clear();
    for (const [roomId, room] of rooms)
      entries.set(roomId, { room, listening: listening.get(roomId) ?? [], until: now + TTL });
  }
  return new Map(
    roomIds.flatMap((roomId) => {
      const entry = entries.get(roomId);
      return entry ? [[roomId, entry]] : [];
    }),
  );
}
