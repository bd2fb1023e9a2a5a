import { open } from "@/lib/domain/open-room";
import * as rooms from "@/lib/domain/rooms";
import { batching, listenTo, single } from "./audience";
import type { Handlers } from "./handle";

export const roomEvents: Handlers<"room:join" | "room:leave"> = {
  "room:join": (socket, { roomId }) =>
    // The socket listens before the room is read, so that nothing falls between.
    open(socket.data.userId, roomId, async () => {
      await listenTo(socket, [socket.data.batch ? batching(roomId) : single(roomId)]);
    }),
  "room:leave": async ({ data: { userId } }, { roomId }) => {
    await rooms.leave(userId, roomId);
    return {};
  },
};
