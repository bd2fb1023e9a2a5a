import type { Bearer, Environment } from "./environment";
import { memoryOutbox } from "./outbox-storage";
import { localLocks, memoryKeep, socketTo, systemClock } from "./platform";

/**
 * What a process without a page gives the client: tests, measures and bots run the very code that browsers run.
 * Each call makes one device of its own; `parts` replaces what a test wants to hold in its hand.
 */
export function nodeEnvironment(origin: string, bearer: Bearer, parts: Partial<Environment> = {}): Environment {
  return {
    origin,
    bearer,
    fetch: (input, init) => fetch(input, init),
    socket: socketTo(origin),
    clock: systemClock,
    locks: localLocks(),
    outbox: memoryOutbox(),
    keep: memoryKeep(),
    channel: () => ({ post: () => {}, listen: () => {}, close: () => {} }),
    signals: { isOnline: () => true, watch: () => () => {} },
    ...parts,
  };
}
