import { z } from "zod";
import {
  DEFAULT_PAGE,
  MAX_CONTENT,
  MAX_DISPLAY_NAME,
  MAX_PAGE,
  MAX_PASSWORD,
  MAX_ROOM_DESCRIPTION,
  MAX_ROOM_NAME,
  MIN_PASSWORD,
} from "./limits";

/** Code points, not UTF-16 units: an emoji counts once. Stops counting past `limit`. */
export function codePointLength(text: string, limit = Number.POSITIVE_INFINITY): number {
  let count = 0;
  for (const _ of text) if (++count > limit) break;
  return count;
}

/** Zero-width and other characters that leave no mark on a page. */
const invisible = /[\s\p{Cc}\p{Cf}\p{Zs}\p{Zl}\p{Zp}\u115f\u1160\u2800\u3164\uffa0]/gu;
const bidiControls = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused here
const controls = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/u;

export function isBlank(text: string): boolean {
  return text.replace(invisible, "") === "";
}

/** Text as it is stored: NFC, without NUL and lone surrogates, which PostgreSQL and JSON cannot carry. */
export const text = z
  .string()
  .max(20_000, "is too long")
  .refine((value) => value.isWellFormed() && !value.includes("\0"), "has characters that are not text")
  .normalize("NFC");

const line = text
  .refine((value) => !controls.test(value) && !/[\r\n\t]/.test(value), "must be one line of text")
  .trim();

/** Identifiers are opaque: cuid today, but only their alphabet and length are relied on. */
export const id = z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/, "is not an id");
export const clientId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{8,64}$/, "must be 8 to 64 characters of A-Z, a-z, 0-9, _ and -");
export const time = z.iso.datetime({ precision: 3 });
export const cursor = z.string().regex(/^[A-Za-z0-9_-]{1,400}$/, "is not a cursor of this list");
export const rev = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);

/** `limit` of a query string: 1 to 100, 50 when left out. */
export const limit = z
  .string()
  .regex(/^[1-9][0-9]{0,2}$/, `must be a whole number from 1 to ${MAX_PAGE}`)
  .transform(Number)
  .refine((value) => value <= MAX_PAGE, `must be a whole number from 1 to ${MAX_PAGE}`)
  .optional()
  .transform((value) => value ?? DEFAULT_PAGE);

/** A non-negative integer in a query string. */
export const count = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,14})$/, "must be a whole number of 0 or more")
  .transform(Number);

export const content = text.refine(
  (value) => value.length <= MAX_CONTENT || codePointLength(value, MAX_CONTENT) <= MAX_CONTENT,
  `must be at most ${MAX_CONTENT} characters`,
);

export const username = z
  .string()
  .max(64, "must be 3 to 32 characters")
  .transform((value) => value.normalize("NFKC").toLowerCase())
  .refine(
    (value) => /^[a-z0-9][a-z0-9._-]{1,30}[a-z0-9]$/.test(value),
    "must be 3 to 32 letters, digits, dots, dashes or underscores, and begin and end with a letter or digit",
  );

export const email = z
  .string()
  .trim()
  .max(254, "is too long")
  .transform((value) => value.normalize("NFC").toLowerCase())
  .refine((value) => z.email().safeParse(value).success, "must be an email address");

/** Never trimmed: a space is a character of a password. */
export const password = z
  .string()
  .max(1_000, `must be ${MIN_PASSWORD} to ${MAX_PASSWORD} characters`)
  .refine((value) => value.isWellFormed() && !value.includes("\0"), "has characters that are not text")
  .transform((value) => value.normalize("NFC"))
  .refine((value) => {
    const length = codePointLength(value, MAX_PASSWORD);
    return length >= MIN_PASSWORD && length <= MAX_PASSWORD;
  }, `must be ${MIN_PASSWORD} to ${MAX_PASSWORD} characters`);

export const displayName = line
  .refine((value) => !isBlank(value), "must not be empty")
  .refine((value) => !bidiControls.test(value), "must not hold text-direction characters")
  .refine(
    (value) =>
      [...new Intl.Segmenter().segment(value.slice(0, 2_000))].length <= MAX_DISPLAY_NAME && value.length <= 2_000,
    `must be at most ${MAX_DISPLAY_NAME} characters`,
  );

export const roomName = line
  .refine((value) => !isBlank(value), "must not be empty")
  .refine((value) => !bidiControls.test(value), "must not hold text-direction characters")
  .refine((value) => codePointLength(value) <= MAX_ROOM_NAME, `must be at most ${MAX_ROOM_NAME} characters`);

export const roomDescription = text
  .trim()
  .refine(
    (value) => codePointLength(value, MAX_ROOM_DESCRIPTION) <= MAX_ROOM_DESCRIPTION,
    `must be at most ${MAX_ROOM_DESCRIPTION} characters`,
  );

/** One emoji as people see it, whatever number of code points it takes; nothing else. */
export const emoji = z
  .string()
  .max(40, "must be one emoji")
  .normalize("NFC")
  .refine(
    (value) =>
      [...new Intl.Segmenter().segment(value)].length === 1 &&
      /^(?:\p{Extended_Pictographic}|\p{Regional_Indicator}{2}|[0-9#*]\ufe0f?\u20e3)/u.test(value),
    "must be one emoji",
  );
