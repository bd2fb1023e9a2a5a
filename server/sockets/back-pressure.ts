import { log } from "@/lib/infra/log";
import { metrics } from "@/lib/infra/metrics";
import { SLOW } from "./audience";
import type { ChatServer, ChatSocket } from "./types";

/** Packets that wait in engine.io for a reader. Source: docs/performance.md, "Readers that stop". */
const DROP_AT = 128;
const CUT_AT = 512;
/** In ms: how long a reader may leave its oldest packet waiting. */
const CUT_AFTER = 10_000;

/**
 * Looks at every socket's queue: a slow one does without typing and presence, one that has stopped reading is cut. It
 * comes back through `sync`, which costs less than what would pile up for it.
 */
export function createBackPressure(io: ChatServer) {
  const waitingSince = new WeakMap<ChatSocket, { packet: unknown; since: number }>();

  function look(socket: ChatSocket, now: number): void {
    // Private to engine.io's types, but the only place where its queue can be seen.
    const queue = (socket.conn as unknown as { writeBuffer: unknown[] }).writeBuffer;
    if (!queue.length) {
      waitingSince.delete(socket);
      if (socket.rooms.has(SLOW)) socket.leave(SLOW);
      return;
    }
    const oldest = waitingSince.get(socket);
    if (oldest?.packet !== queue[0]) waitingSince.set(socket, { packet: queue[0], since: now });
    const waited = oldest && oldest.packet === queue[0] ? now - oldest.since : 0;
    if (queue.length >= CUT_AT || waited >= CUT_AFTER) {
      log().info({ socket: socket.id, packets: queue.length, waited }, "a reader that stopped reading was cut");
      // Closed, not asked to leave: the client then reconnects by itself.
      socket.conn.close(true);
      metrics().readersCut.inc();
    } else if (queue.length >= DROP_AT) socket.join(SLOW);
  }

  return () => {
    const now = performance.now();
    for (const socket of io.of("/").sockets.values()) look(socket as ChatSocket, now);
  };
}
