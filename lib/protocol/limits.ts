/**
 * Numbers that both sides of the wire agree on. Plain constants, so that the browser can use them
 * without carrying the schema library. Source: docs/security.md "Values" and docs/protocol.md.
 */

/** Characters (Unicode code points) in one message. */
export const MAX_CONTENT = 4_000;
/** Files in one message. */
export const MAX_FILES = 10;
/** People one message can mention; further names stay plain text. */
export const MAX_MENTIONS = 50;
/** Members of a direct conversation, its opener included. */
export const MAX_DM_MEMBERS = 8;
/** Rooms that one `sync` may ask about. */
export const MAX_SYNC_ROOMS = 500;
/** Rows in one page of any list. */
export const MAX_PAGE = 100;
export const DEFAULT_PAGE = 50;
/** Changes beyond which `sync` answers with the newest page (`limited`) instead of the changes. */
export const SYNC_HORIZON = 1_000;
/** Code points in an account's password. */
export const MIN_PASSWORD = 8;
export const MAX_PASSWORD = 128;
export const MAX_ROOM_NAME = 80;
export const MAX_ROOM_DESCRIPTION = 500;
/** Grapheme clusters in a display name. */
export const MAX_DISPLAY_NAME = 64;
/** Unread and mention counts are exact up to here; one more means "more than". */
export const MAX_COUNT = 100;

/** How long the server keeps a typing state after the last `typing:start`, in ms. */
export const TYPING_TTL_MS = 6_000;
/** How long a client waits for a gap in `rev` to close by itself before it asks for it, in ms. */
export const GAP_WAIT_MS = 250;
