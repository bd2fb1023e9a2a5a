import type { Clock, Locks } from "./environment";

/** How long a lock that was refused or stolen is not asked for again, in ms. */
const AGAIN_MS = 1_000;

/**
 * One tab does the work: waits for the lock of that name, calls `begin` once it is held, and holds it until `signal` aborts.
 * When another tab steals it (`steal` does, from one that seems frozen), `lost` is called and the wait begins anew.
 */
export async function beSoleTab(options: {
  locks: Locks;
  clock: Clock;
  name: string;
  signal: AbortSignal;
  steal: boolean;
  begin: () => Promise<void>;
  lost: () => void;
}): Promise<void> {
  const { locks, clock, name, signal, begin, lost } = options;
  const hold = async () => {
    if (signal.aborted) return;
    await begin();
    if (signal.aborted) return;
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  };
  for (let { steal } = options; !signal.aborted; steal = false) {
    try {
      await locks.request(name, steal ? { steal } : { signal }, hold);
    } catch {
      lost();
      if (signal.aborted) return;
      await new Promise<void>((resolve) => void clock.setTimeout(resolve, AGAIN_MS));
    }
  }
  lost();
}
