import { onlineAround } from "@/lib/domain/presence";
import { standing } from "@/lib/domain/sync";
import * as users from "@/lib/domain/users";
import { batching, listenTo, single } from "./audience";
import type { Marks } from "./marks";
import type { ChatSocket } from "./types";

/**
 * Subscribes a socket to all its user's rooms, then reads their heads and greets with them. In this order: what is
 * stored before the reading is in the heads, what is stored after it is heard. Also run again after an outage in
 * which announcements were missed: a greeting makes a client compare everything.
 */
export async function greet(socket: ChatSocket, marks: Marks): Promise<void> {
  const { userId, batch } = socket.data;
  const half = batch ? batching : single;
  const { heads: before } = await standing(userId);
  await listenTo(
    socket,
    before.map(({ roomId }) => half(roomId)),
  );
  const [{ heads, epoch }, user, online] = await Promise.all([
    standing(userId),
    users.me(userId),
    onlineAround(userId),
  ]);
  const mine = new Set(heads.map(({ roomId }) => roomId));
  // Removed between the two readings, when there was no subscription yet that the removal could have ended.
  await Promise.all(before.map(({ roomId }) => mine.has(roomId) || socket.leave(half(roomId))));
  for (const { roomId, rev } of heads) marks.begin(roomId, rev);
  if (!socket.connected) return;
  socket.emit("hello", {
    epoch,
    serverTime: new Date().toISOString(),
    user,
    // Counting may have begun at a change that was stored after these heads were read: nobody would announce it.
    heads: Object.fromEntries(heads.map(({ roomId, rev }) => [roomId, Math.max(rev, marks.baseOf(roomId))])),
    online,
  });
}
