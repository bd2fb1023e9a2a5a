import { setTimeout as wait } from "node:timers/promises";
import { currentEpoch } from "@/lib/domain/sync";
import { background } from "@/lib/infra/background";
import { log } from "@/lib/infra/log";
import type { ChatSocket } from "./types";

/** Clients come back through admission and greeting, spread over this time in ms. */
const SPREAD_MS = 4_000;

/**
 * Notices that the database lives another life (a backup was restored, or a standby took over: whoever did it changed the
 * epoch) while clients are connected. What they hold, what they hear and who they are may all be of the old one, so
 * everybody connects anew; the greeting then tells them to throw away their copies.
 */
export async function watchEpoch(sockets: () => ChatSocket[], onOtherLife: () => void): Promise<() => Promise<void>> {
  let known = await currentEpoch();
  return async () => {
    const epoch = await currentEpoch();
    if (epoch === known) return;
    known = epoch;
    log().warn({ epoch }, "the database lives another life; everybody connects anew");
    onOtherLife();
    for (const socket of sockets()) {
      background().follow("connecting anew", async (signal) => {
        await wait(Math.random() * SPREAD_MS, undefined, { signal });
        socket.conn.close();
      });
    }
  };
}
