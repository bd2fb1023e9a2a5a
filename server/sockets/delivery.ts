import { metrics } from "@/lib/infra/metrics";
import type { RoomChange } from "@/lib/infra/publish";
import type { ServerEvent, ServerPayload } from "@/lib/protocol/events";
import type { Message, Room } from "@/lib/protocol/objects";
import { batching, halves, personal, single } from "./audience";
import type { Marks } from "./marks";
import type { ChatServer } from "./types";

/** Of Socket.io's protocol, revision 5. */
const EVENT = 2;

/**
 * Hands committed changes to the sockets of this replica. New messages that one commit stored for a room leave as one
 * packet for sockets that understand batches: fan-out costs by the packet, not by the message.
 */
export function createDelivery(io: ChatServer, marks: Marks) {
  const { adapter } = io.of("/");
  const { rooms } = adapter;
  const listeners = (names: string[]) => names.reduce((sum, name) => sum + (rooms.get(name)?.size ?? 0), 0);

  function count(packets: number, changes = 1): void {
    metrics().deliveredPackets.inc(packets);
    metrics().deliveredChanges.inc(packets * changes);
  }

  /** As `io.local.to(audience).emit` does, without the two objects and sets that it makes on the way. */
  function tell<E extends ServerEvent>(audience: string[], event: E, payload: ServerPayload<E>, except?: string): void {
    const options = { rooms: new Set(audience), except: new Set(except ? [except] : []), flags: { local: true } };
    adapter.broadcast({ type: EVENT, data: [event, payload] }, options);
  }

  function message(roomId: string, change: Exclude<RoomChange, { kind: "new" }>): void {
    const audience = halves(roomId);
    count(listeners(audience));
    if (change.kind === "reactions") {
      const { messageId, rev, reactions } = change;
      tell(audience, "message:reactions", { roomId, messageId, rev, reactions });
    } else if (change.kind === "updated") tell(audience, "message:updated", { message: change.message });
    else tell(audience, "message:deleted", { message: change.message });
  }

  function run(roomId: string, messages: Message[], direct: Room | undefined): void {
    const [first] = messages;
    if (!first) return;
    const several = messages.length > 1;
    const batched = several ? listeners([batching(roomId)]) : 0;
    if (batched) {
      tell([batching(roomId)], "message:batch", { roomId, messages });
      count(batched, messages.length);
    }
    if (direct) {
      const readers = (direct.members ?? []).map(({ id }) => personal(id));
      count((listeners(readers) - batched) * messages.length);
      for (const message of messages) {
        const { seq, rev, createdAt } = message;
        const room = { ...direct, lastSeq: seq, rev, lastMessageAt: createdAt };
        tell(readers, "dm:new", { message, room }, several ? batching(roomId) : undefined);
      }
      return;
    }
    const audience = several ? [single(roomId)] : halves(roomId);
    count(listeners(audience) * messages.length);
    for (const message of messages) tell(audience, "message:new", { message });
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
