import { setTimeout as wait } from "node:timers/promises";

export interface WaitOptions {
  /** Milliseconds; 10 s when left out. */
  timeout?: number;
  /** Milliseconds between two looks; 20 when left out. */
  every?: number;
  /** Said in the error when the time is over. */
  what?: string;
}

/**
 * Resolves to the first answer of `condition` that is neither false, null nor undefined. A condition that throws counts as not
 * met; the last error is part of the message.
 */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  { timeout = 10_000, every = 20, what = "the condition" }: WaitOptions = {},
): Promise<Exclude<T, false | null | undefined>> {
  let last: unknown;
  for (const end = Date.now() + timeout; Date.now() < end; await wait(every)) {
    try {
      const value = await condition();
      if (value !== false && value !== null && value !== undefined) {
        return value as Exclude<T, false | null | undefined>;
      }
      last = undefined;
    } catch (error) {
      last = error;
    }
  }
  throw new Error(`Waited ${timeout} ms for ${what}.${last ? ` Last: ${String(last)}` : ""}`);
}
