import type { Clock } from "./environment";

const LOOK_MS = 10_000;
/** A hidden page's timers may be held back to one a minute; what comes later than this has slept. In ms. */
const SLEPT_MS = 100_000;

/**
 * Calls back when the device seems to have slept: no browser says so, and a page that was in front stays in front. Told by a
 * timer that is far too late by the wall clock. Returns how to stop.
 */
export function watchSleep(clock: Clock, woke: () => void): () => void {
  let timer: unknown;
  let lookedAt = clock.now();
  const look = () => {
    const slept = clock.now() - lookedAt > SLEPT_MS;
    lookedAt = clock.now();
    timer = clock.setTimeout(look, LOOK_MS);
    if (slept) woke();
  };
  timer = clock.setTimeout(look, LOOK_MS);
  return () => clock.clearTimeout(timer);
}
