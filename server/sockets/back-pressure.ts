import { log } from "@/lib/infra/log";
import { metrics } from "@/lib/infra/metrics";
import { SLOW } from "./audience";
import type { ChatServer, ChatSocket } from "./types";

/** Packets that wait in engine.io for a reader. Source: docs/performance.md, "Readers that stop". */
const DROP_AT = 128;
const CUT_AT = 512;
/** In ms: how long a reader may leave its oldest packet waiting. */
const CUT_AFTER = 10_000;
/** What may wait for one reader, and for all of them, in bytes; what several wait for is counted for each. */
const MAX_BYTES = 4 * 1_024 * 1_024;
const MAX_BYTES_IN_ALL = 256 * 1_024 * 1_024;

interface Packet {
  data?: unknown;
  options?: { wsPreEncodedFrame?: Buffer[] };
}

function bytesOf({ data, options }: Packet): number {
  let bytes = typeof data === "string" || Buffer.isBuffer(data) ? data.length : 0;
  for (const { length } of options?.wsPreEncodedFrame ?? []) bytes = Math.max(bytes, length);
  return bytes;
}

/**
 * Looks at every socket's queue: a slow one does without typing and presence, one that has stopped reading is cut, and
 * when too much waits in all, those for whom most waits are. They come back through `sync`, which costs less than what
 * would pile up for them.
 */
export function createBackPressure(io: ChatServer) {
  const waitingSince = new WeakMap<ChatSocket, { packet: unknown; since: number }>();

  function cut(socket: ChatSocket, figures: object): void {
    log().info({ socket: socket.id, ...figures }, "a reader that stopped reading was cut");
    // Closed, not asked to leave: the client then reconnects by itself.
    socket.conn.close(true);
    metrics().readersCut.inc();
  }

  /** @returns the bytes that wait for a reader who has read nothing since the last look. */
  function look(socket: ChatSocket, now: number): number {
    // Private to engine.io's types, but the only place where its queue can be seen.
    const queue = (socket.conn as unknown as { writeBuffer: Packet[] }).writeBuffer;
    if (!queue.length) {
      waitingSince.delete(socket);
      if (socket.rooms.has(SLOW)) socket.leave(SLOW);
      return 0;
    }
    const oldest = waitingSince.get(socket);
    const stands = oldest?.packet === queue[0];
    if (!stands) waitingSince.set(socket, { packet: queue[0], since: now });
    const waited = oldest && stands ? now - oldest.since : 0;
    const bytes = stands ? queue.reduce((sum, packet) => sum + bytesOf(packet), 0) : 0;
    if (queue.length >= CUT_AT || waited >= CUT_AFTER || bytes >= MAX_BYTES) {
      cut(socket, { packets: queue.length, waited, bytes });
      return 0;
    }
    if (queue.length >= DROP_AT) socket.join(SLOW);
    return bytes;
  }

  return () => {
    const now = performance.now();
    const behind: { socket: ChatSocket; bytes: number }[] = [];
    let all = 0;
    for (const each of io.of("/").sockets.values()) {
      const socket = each as ChatSocket;
      const bytes = look(socket, now);
      if (bytes) behind.push({ socket, bytes });
      all += bytes;
    }
    if (all <= MAX_BYTES_IN_ALL) return;
    for (const { socket, bytes } of behind.sort((one, other) => other.bytes - one.bytes)) {
      if (all <= MAX_BYTES_IN_ALL) return;
      cut(socket, { bytes, all });
      all -= bytes;
    }
  };
}
