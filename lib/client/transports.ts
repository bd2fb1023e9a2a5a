import type { Manager } from "socket.io-client";
import type { Clock } from "./environment";

/** A session that fell back to long-polling looks for a WebSocket again after this long, and ever later, in ms. */
const FIRST_LOOK_MS = 5_000;
const LAST_LOOK_MS = 5 * 60_000;

const webSocketFirst = ["websocket", "polling"];
const pollingFirst = ["polling", "websocket"];

/**
 * Keeps a connection on WebSockets wherever the network lets them through, and alive where it does not.
 *
 * - A way that refuses WebSockets is left by `tryAllTransports`, within one try. One that swallows them uses up the whole
 *   try: the next begins with polling and upgrades by itself when it can.
 * - Whatever was connected before, the next connection begins with a WebSocket.
 * - Socket.io does not upgrade a session that fell back to polling. `passes` tells whether a WebSocket would get through
 *   by now; then the connection is broken off, and made anew as one.
 */
export function preferWebSocket(manager: Manager, passes: () => Promise<boolean>, clock: Clock): void {
  let swallowed = false;
  let wait = FIRST_LOOK_MS;
  let timer: unknown = null;
  /** Counts connections: what was found out for an earlier one says nothing about a later one. */
  let life = 0;

  const isPolling = () => manager.engine?.transport.name === "polling";

  function order(transports: string[]): void {
    manager.opts.transports = [...transports];
  }

  async function look(): Promise<void> {
    const mine = life;
    if (!isPolling()) return;
    wait = Math.min(LAST_LOOK_MS, wait * 2);
    const passing = await passes();
    if (mine !== life || !isPolling()) return;
    if (passing) manager.engine.close();
    else timer = clock.setTimeout(look, wait);
  }

  manager.on("open", () => {
    life += 1;
    swallowed = false;
    order(webSocketFirst);
    if (!isPolling()) wait = FIRST_LOOK_MS;
    else timer = clock.setTimeout(look, wait);
  });
  manager.on("error", (error) => {
    // Said of every try that fails; "timeout" is the manager's own word for one that was given up.
    swallowed = error.message === "timeout" && !swallowed;
    order(swallowed ? pollingFirst : webSocketFirst);
  });
  manager.on("close", () => {
    life += 1;
    clock.clearTimeout(timer);
  });
}
