import type { ApiError } from "./api-error";
import type { Clock } from "./environment";

/** Waits between tries of one message, in ms, each ± 20 % so that a crowd does not return at once. */
const RETRY_MS = [1_000, 2_000, 4_000, 8_000, 15_000, 30_000];

/** The pauses of the outbox: which rooms rest after a failed try, and until when. */
export interface Rests {
  has: (roomId: string) => boolean;
  /** Rests the room after a message's `tries`-th failure: as long as the server asks, else ever longer. */
  begin: (roomId: string, failure: ApiError, tries: number) => void;
  /** Ends them because there is a new connection; a time that the server named is kept, whatever connection it was named on. */
  wake: () => void;
  clear: () => void;
}

export function createRests(clock: Clock, over: (roomId: string) => void): Rests {
  const rests = new Map<string, { timer: unknown; told: boolean }>();

  function end(roomId: string): void {
    clock.clearTimeout(rests.get(roomId)?.timer);
    rests.delete(roomId);
  }

  return {
    has: (roomId) => rests.has(roomId),
    begin(roomId, failure, tries) {
      const step = RETRY_MS[Math.min(tries - 1, RETRY_MS.length - 1)] ?? 0;
      const wait = failure.retryAfterMs ?? step * (0.8 + 0.4 * clock.random());
      const timer = clock.setTimeout(() => {
        rests.delete(roomId);
        over(roomId);
      }, wait);
      rests.set(roomId, { timer, told: failure.retryAfterMs !== null });
    },
    wake() {
      for (const [roomId, { told }] of rests) if (!told) end(roomId);
    },
    clear() {
      for (const roomId of rests.keys()) end(roomId);
    },
  };
}
