import { type AppError, invalid } from "@/lib/protocol/errors";

/**
 * Keyset cursors: the sort key of the last row, in a form that callers have no reason to take apart. `list` names
 * whose cursor it is, so that one of another list is refused rather than misread.
 */
export function writeCursor(list: string, ...key: (string | number)[]): string {
  return Buffer.from(JSON.stringify([list, ...key])).toString("base64url");
}

export function badCursor(): AppError {
  return invalid({ cursor: "is not a cursor of this list; start again without it" });
}

/** @throws {AppError} `invalid` for a text that is no cursor of this list. */
export function readCursor<Key extends (string | number)[]>(
  list: string,
  cursor: string,
  types: { [K in keyof Key]: "string" | "number" },
): Key {
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
  } catch {
    throw badCursor();
  }
  if (!Array.isArray(parts) || parts.length !== types.length + 1 || parts[0] !== list) throw badCursor();
  const key = parts.slice(1) as unknown[];
  const fits = key.every(
    (part, index) => typeof part === types[index] && (typeof part !== "number" || Number.isSafeInteger(part)),
  );
  const clean = key.every((part) => typeof part !== "string" || (part.isWellFormed() && !part.includes("\0")));
  if (!fits || !clean) throw badCursor();
  return key as Key;
}
