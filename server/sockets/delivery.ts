import { metrics } from "@/lib/infra/metrics";
import type { RoomChange } from "@/lib/infra/publish";
import type { Message, Room } from "@/lib/protocol/objects";
import { batching, personal, single } from "./audience";
import type { Marks } from "./marks";
import type { ChatServer } from "./types";

/**
 * Hands committed changes to the sockets of this replica. New messages that one commit stored for a room leave as one
 * packet for sockets that understand batches: fan-out costs by the packet, not by the message.
 */
export function createDelivery(io: ChatServer, marks: Marks) {
  const { rooms } = io.of("/").adapter;
  const listeners = (names: string[]) => names.reduce((sum, name) => sum + (rooms.get(name)?.size ?? 0), 0);

  function count(packets: number, changes = 1): void {
    metrics().deliveredPackets.inc(packets);
    metrics().deliveredChanges.inc(packets * changes);
  }

  function message(roomId: string, change: RoomChange): void {
    count(listeners([batching(roomId), single(roomId)]));
    const audience = io.local.to([batching(roomId), single(roomId)]);
    if (change.kind === "reactions") {
      const { messageId, rev, reactions } = change;
      audience.emit("message:reactions", { roomId, messageId, rev, reactions });
    } else if (change.kind === "new") audience.emit("message:new", { message: change.message });
    else if (change.kind === "updated") audience.emit("message:updated", { message: change.message });
    else audience.emit("message:deleted", { message: change.message });
  }

  function run(roomId: string, messages: Message[], direct: Room | undefined): void {
    const [first] = messages;
    if (!first) return;
    const several = messages.length > 1;
    const batched = several ? listeners([batching(roomId)]) : 0;
    if (batched) {
      io.local.to(batching(roomId)).emit("message:batch", { roomId, messages });
      count(batched, messages.length);
    }
    if (direct) {
      const readers = (direct.members ?? []).map(({ id }) => personal(id));
      count((listeners(readers) - batched) * messages.length);
      for (const message of messages) {
        const { seq, rev, createdAt } = message;
        const room = { ...direct, lastSeq: seq, rev, lastMessageAt: createdAt };
        const audience = several ? io.local.to(readers).except(batching(roomId)) : io.local.to(readers);
        audience.emit("dm:new", { message, room });
      }
      return;
    }
    const audience = several ? single(roomId) : [batching(roomId), single(roomId)];
    count(listeners([audience].flat()) * messages.length);
    for (const message of messages) io.local.to(audience).emit("message:new", { message });
  }

  /** Emits the changes of one room in `rev` order; costs nothing when nobody here listens. */
  return function deliver(roomId: string, changes: RoomChange[], direct?: Room): void {
    for (const { rev } of changes) marks.announced(roomId, rev);
    const listening = rooms.has(batching(roomId)) || rooms.has(single(roomId));
    if (!listening && !direct?.members?.some(({ id }) => rooms.has(personal(id)))) return;
    let fresh: Message[] = [];
    for (const change of changes) {
      if (change.kind === "new") fresh.push(change.message);
      else {
        run(roomId, fresh, direct);
        fresh = [];
        message(roomId, change);
      }
    }
    run(roomId, fresh, direct);
  };
}

export type Deliver = ReturnType<typeof createDelivery>;
