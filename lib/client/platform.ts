import { io } from "socket.io-client";
import type { ChatSocket, Clock, Environment, Keep, Locks } from "./environment";

/** How long one transport may take to connect, in ms. */
const CONNECT_MS = 8_000;

export const systemClock: Clock = {
  now: () => Date.now(),
  setTimeout: (run, ms) => setTimeout(run, ms),
  clearTimeout: (timer) => clearTimeout(timer as ReturnType<typeof setTimeout>),
  random: () => Math.random(),
};

/**
 * A socket that decides nothing by itself: no reconnection (`connection.ts`), no retries and no state recovery (they
 * would skip what `sync` checks). WebSocket first, polling where it does not pass.
 */
export function socketTo(origin: string, extra: { headers?: Record<string, string> } = {}): Environment["socket"] {
  return (auth): ChatSocket =>
    io(origin === "" ? undefined : origin, {
      autoConnect: false,
      forceNew: true,
      reconnection: false,
      transports: ["websocket", "polling"],
      tryAllTransports: true,
      timeout: CONNECT_MS,
      auth: (give) => give(auth()),
      ...(extra.headers && { extraHeaders: extra.headers }),
    } as Parameters<typeof io>[1] & { autoConnect: boolean });
}

/** Locks among the callers in this page or process only. */
export function localLocks(): Locks {
  const tails = new Map<string, Promise<void>>();
  return {
    async request(name, { signal }, run) {
      const before = tails.get(name) ?? Promise.resolve();
      let release = () => {};
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      tails.set(
        name,
        before.then(() => held),
      );
      const aborted = new Promise<never>((_, reject) => {
        signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
      });
      aborted.catch(() => undefined);
      try {
        await Promise.race([before, aborted]);
        await run();
      } finally {
        release();
      }
    },
  };
}

/** Small texts for as long as the process lives. */
export function memoryKeep(): Keep {
  const texts = new Map<string, string>();
  return {
    get: (key) => texts.get(key) ?? null,
    set: (key, value) => void (value === null ? texts.delete(key) : texts.set(key, value)),
    keys: () => [...texts.keys()],
    watch: () => () => {},
  };
}
