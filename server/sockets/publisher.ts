import * as typing from "@/lib/domain/typing";
import { runtime } from "@/lib/infra/config";
import { defect } from "@/lib/infra/failpoints";
import { installation } from "@/lib/infra/installation";
import { log } from "@/lib/infra/log";
import type { Publisher, RoomChange } from "@/lib/infra/publish";
import { redis, spreadChannels } from "@/lib/infra/redis";
import { AppError } from "@/lib/protocol/errors";
import type { Room } from "@/lib/protocol/objects";
import { batching, ofSession, personal, SLOW, single, socketRooms } from "./audience";
import type { Deliver } from "./delivery";
import type { ChatServer } from "./types";

/** Changes on their way from one replica to the others. */
interface Announcement {
  from: string;
  roomId: string;
  changes: RoomChange[];
  direct?: Room;
}

function misplaced(change: RoomChange): RoomChange {
  if (change.kind !== "new" || change.message.seq % 3 > 0) return change;
  return { ...change, message: { ...change.message, seq: change.message.seq + 3 } };
}

/** Best effort; somebody who is behind does without. */
const droppable = new Set(["typing:start", "typing:stop", "user:online", "user:offline"]);

/** The same number for the same room everywhere (FNV-1a). */
function spread(roomId: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < roomId.length; index += 1) {
    hash = Math.imul(hash ^ roomId.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}

/**
 * Announces to the sockets of this replica directly and to the other replicas through Redis: changes of messages on a
 * channel of our own, so that each replica knows up to which `rev` it has announced a room, everything else by
 * Socket.io's Redis adapter. A publication that Redis does not take is made good by the comparison of heads.
 */
export async function createPublisher(io: ChatServer, deliver: Deliver): Promise<Publisher> {
  const { replicaId } = runtime.get();
  const bus = redis.find();
  const hear = (text: string) => {
    try {
      const { from, roomId, changes, direct } = JSON.parse(text) as Announcement;
      if (from === replicaId) return;
      deliver(roomId, changes, direct);
      for (const change of changes) {
        // Their typing may have begun here, where alone it is known.
        if (change.kind === "new") void typing.ended(change.message.user.id, roomId).catch(() => {});
      }
    } catch (error) {
      // It must not reach the client of Redis, which would lose its place in what it reads.
      log().warn({ err: (error as Error).message }, "an announcement could not be delivered; it is caught up");
    }
  };
  const channels = spreadChannels(`${installation.get().prefix}:changes`, bus?.cluster ?? false);
  for (const channel of channels) bus?.subscribe(channel, hear);
  /** A room always uses the same one, so that what one replica says of it arrives in its order. */
  const channelOf = (roomId: string) => channels[spread(roomId) % channels.length] ?? "";

  // The adapter moves its own sockets, too, only when Redis has said so: here at once, and then wherever Redis reaches.
  const everywhere = bus ? [() => io.local, () => io] : [() => io];

  return {
    changes(roomId, committed, direct) {
      const changes =
        process.env.PARLEY_FAILPOINTS === "built-in" && defect("other-place") ? committed.map(misplaced) : committed;
      deliver(roomId, changes, direct);
      const announcement: Announcement = { from: replicaId, roomId, changes, ...(direct && { direct }) };
      void bus?.publish(channelOf(roomId), JSON.stringify(announcement));
    },
    emit(audience, event, payload) {
      let target = io.to(socketRooms(audience));
      if (droppable.has(event)) target = target.except(SLOW);
      if ("room" in audience && audience.exceptUser) target = target.except(personal(audience.exceptUser));
      // The table types the pair; Socket.io's overloads cannot follow it through a type parameter.
      (target.emit as (name: string, body: unknown) => void)(event, payload);
    },
    join(userIds, roomId) {
      // In two steps, because a socket belongs to one of the room's two halves by what it understands.
      const sockets = userIds.map(personal);
      for (const there of everywhere) {
        there().in(sockets).except("singles").socketsJoin(batching(roomId));
        there().in(sockets).except("batchers").socketsJoin(single(roomId));
      }
    },
    leave(userIds, roomId) {
      if (process.env.PARLEY_FAILPOINTS === "built-in" && defect("keep-listening")) return;
      const halves = [batching(roomId), single(roomId)];
      const whose = userIds === "everyone" ? halves : userIds.map(personal);
      for (const there of everywhere) there().in(whose).socketsLeave(halves);
    },
    disconnect(whom) {
      const rooms = "session" in whom ? ofSession(whom.session) : personal(whom.user);
      const { code, message } = new AppError("unauthorized", "Your session has ended. Sign in again.");
      io.to(rooms).emit("error", { error: { code, message } });
      for (const there of everywhere) there().in(rooms).disconnectSockets(true);
    },
  };
}
