import { io, Manager } from "socket.io-client";
import type { ChatSocket, Clock, Environment, Keep, Locks } from "./environment";
import { preferWebSocket } from "./transports";

/** How long a connection may take to open, in ms, whichever transports it tries. */
const CONNECT_MS = 6_000;

export const systemClock: Clock = {
  now: () => Date.now(),
  setTimeout: (run, ms) => setTimeout(run, ms),
  clearTimeout: (timer) => clearTimeout(timer as ReturnType<typeof setTimeout>),
  random: () => Math.random(),
};

/**
 * A socket that decides nothing by itself: no reconnection (`connection.ts`), no retries and no state recovery (they
 * would skip what `sync` checks). WebSocket first, polling where it does not pass (`transports.ts`).
 */
export function socketTo(origin: string, extra: { headers?: Record<string, string> } = {}): Environment["socket"] {
  const uri = origin === "" ? globalThis.location?.origin : origin;
  const options = {
    autoConnect: false,
    forceNew: true,
    reconnection: false,
    timeout: CONNECT_MS,
    // Outside of a browser, polling too must bring the balancer its cookie back.
    withCredentials: true,
    ...(extra.headers && { extraHeaders: extra.headers }),
  };
  return (auth): ChatSocket => {
    const transports = { transports: ["websocket", "polling"], tryAllTransports: true };
    const socket: ChatSocket = io(uri, { ...options, ...transports, auth: (give) => give(auth()) });
    preferWebSocket(socket.io, () => passesWebSocket(uri, options), systemClock);
    return socket;
  };
}

/** Opens a WebSocket to the server and lets it go: no session is presented, and none begins. */
function passesWebSocket(uri: string, options: ConstructorParameters<typeof Manager>[1]): Promise<boolean> {
  const trial = new Manager(uri, { ...options, transports: ["websocket"] });
  return new Promise((resolve) => {
    trial.open((error) => {
      trial.engine.close();
      resolve(!error);
    });
  });
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
