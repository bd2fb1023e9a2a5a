import { isDeepStrictEqual } from "node:util";
import type { z } from "zod";

const breaches: string[] = [];

/**
 * Holds what the server said against the contract: it must fit the schema and carry nothing beyond it, because a field
 * that slipped out is how an email address or a hash leaks.
 * @throws an error that shows the difference.
 */
export function checkOutput(schema: z.ZodType | undefined, value: unknown, what: string): unknown {
  if (!schema) throw new Error(`${what} is not in the contract.`);
  const parsed = schema.safeParse(value);
  if (!parsed.success)
    throw new Error(`${what} breaks the contract: ${parsed.error.message}\n${JSON.stringify(value)}`);
  if (!isDeepStrictEqual(parsed.data, value)) {
    throw new Error(
      `${what} carries more than the contract says:\n${JSON.stringify(value)}\n${JSON.stringify(parsed.data)}`,
    );
  }
  return value;
}

/** For what is heard unasked, where no test waits: keeps what `check` throws and fails the test file with it at the end. */
export function noteBreach(check: () => unknown): void {
  try {
    check();
  } catch (error) {
    breaches.push((error as Error).message);
  }
}

afterAll(() => {
  if (breaches.length > 0) throw new Error(breaches.slice(0, 5).join("\n\n"));
});
