import type { JoinOutput } from "@/lib/protocol/events";
import { DEFAULT_PAGE } from "@/lib/protocol/limits";
import { newestPage } from "./message-pages";
import { onlineAmong } from "./presence";
import * as rooms from "./rooms";

/**
 * Joins a room if need be and reads what its first screen shows: its first members, who of them is online, and the newest
 * page. `subscribe` runs once membership is certain and before anything is read.
 * @throws {AppError} as `rooms.join` does.
 */
export async function open(userId: string, roomId: string, subscribe: () => Promise<void>): Promise<JoinOutput> {
  await rooms.join(userId, roomId);
  await subscribe();
  const { room, members: first } = await rooms.get(userId, roomId);
  const [online, { messages, older }] = await Promise.all([
    onlineAmong(first.map(({ user }) => user.id)),
    newestPage(roomId, room.lastSeq, DEFAULT_PAGE),
  ]);
  return { room, members: first, online: [...online], messages, older };
}
