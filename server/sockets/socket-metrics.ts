import { metrics } from "@/lib/infra/metrics";
import { SLOW } from "./audience";
import type { ChatServer } from "./types";

/** Reads, before each scrape, how many sockets there are and what waits for their readers. */
export function readSockets(io: ChatServer): void {
  const to = metrics();
  to.beforeScrape(() => {
    const transports = { websocket: 0, polling: 0 };
    let waiting = 0;
    let deepest = 0;
    for (const { conn } of io.of("/").sockets.values()) {
      transports[conn.transport.name === "polling" ? "polling" : "websocket"] += 1;
      // Private to engine.io's types, but the only place where its queue can be seen.
      const { length } = (conn as unknown as { writeBuffer: unknown[] }).writeBuffer;
      waiting += length;
      deepest = Math.max(deepest, length);
    }
    for (const [transport, count] of Object.entries(transports)) to.sockets.set({ transport }, count);
    to.bufferedPackets.set(waiting);
    to.deepestBuffer.set(deepest);
    to.slowReaders.set(io.of("/").adapter.rooms.get(SLOW)?.size ?? 0);
  });
}
