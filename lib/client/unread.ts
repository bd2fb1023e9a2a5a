import { MAX_COUNT } from "../protocol/limits";
import type { Message, Room } from "../protocol/objects";
import type { Change } from "./apply";
import type { Conversation, CountBase, Mark, RecentRow } from "./state";

/**
 * Unread counts without adding and subtracting. The server's count is a *base*, true at a known `rev`; what came
 * after it is kept as rows (`recent`), and the shown number is computed from both each time:
 *
 * 1. the loaded stretch reaches from the read mark to the room's end → its rows are counted, the base is not needed;
 * 2. the read mark is at or beyond the base's newest message → only `recent` is counted;
 * 3. the read mark is where the base was counted → base + `recent`;
 * 4. anything else (a mark moved into the base, an old message deleted or edited that is not held) → the number is
 *    *unclear*: the last one stays on the screen and the room is asked for anew.
 *
 * A repeated or late event cannot change the result, because rows are told apart by `seq` and the base by `rev`.
 */
export interface Counts {
  unread: number;
  mentions: number;
  clear: boolean;
}

/** Rows kept beyond the base before they are folded into it. */
const MAX_RECENT = 200;

export function newMark(room: Room): Mark {
  const base = baseOf(room);
  return { rev: room.rev, base, recent: [], readSeq: base.readSeq, unclearRev: 0, reading: null };
}

export function baseOf(room: Room): CountBase {
  return {
    rev: room.rev,
    seq: room.lastSeq,
    readSeq: room.me?.lastReadSeq ?? room.lastSeq,
    unread: room.me?.unread ?? 0,
    mentions: room.me?.mentions ?? 0,
  };
}

/** Up to where the person has read, as far as this device knows. */
export function readSeqOf(mark: Mark): number {
  return Math.max(mark.readSeq, mark.reading ?? 0);
}

export function rowOf(message: Message, meId: string): RecentRow {
  const counts = message.user.id !== meId && message.deletedAt === null;
  return { seq: message.seq, rev: message.rev, counts, mentionsMe: counts && message.mentions.includes(meId) };
}

/** The mark after `changes` (in `rev` order) up to `rev`. */
export function advance(mark: Mark, changes: readonly Change[], rev: number, meId: string): Mark {
  let recent: RecentRow[] | null = null;
  let unclearRev = mark.unclearRev;
  for (const change of changes) {
    if (!("message" in change)) continue;
    const { message } = change;
    if (message.seq > mark.base.seq) {
      recent ??= [...mark.recent];
      place(recent, rowOf(message, meId));
    } else if (message.user.id !== meId && (mark.base.unread > 0 || mark.base.mentions > 0)) {
      unclearRev = Math.max(unclearRev, change.rev);
    }
  }
  return { ...mark, rev: Math.max(mark.rev, rev), recent: recent ?? mark.recent, unclearRev };
}

function place(rows: RecentRow[], row: RecentRow): void {
  let index = rows.length;
  while (index > 0 && (rows[index - 1]?.seq ?? 0) > row.seq) index -= 1;
  if (rows[index - 1]?.seq === row.seq) rows[index - 1] = row;
  else rows.splice(index, 0, row);
}

export function countUnread(mark: Mark, conversation: Conversation | undefined, meId: string): Counts {
  const read = readSeqOf(mark);
  if (conversation && reaches(conversation, read)) {
    return tally(
      conversation.messages.map((message) => rowOf(message, meId)),
      read,
    );
  }
  const above = tally(mark.recent, Math.max(read, mark.base.seq));
  if (read >= mark.base.seq) return above;
  return {
    unread: Math.min(MAX_COUNT, mark.base.unread + above.unread),
    mentions: Math.min(MAX_COUNT, mark.base.mentions + above.mentions),
    clear: read === mark.base.readSeq && mark.unclearRev <= mark.base.rev,
  };
}

/** The stretch holds every message after `seq`. */
function reaches({ status, newer, messages }: Conversation, seq: number): boolean {
  return status === "ready" && !newer.more && (messages[0]?.seq ?? 1) <= seq + 1;
}

function tally(rows: readonly RecentRow[], above: number): Counts {
  let unread = 0;
  let mentions = 0;
  for (let index = rows.length - 1; index >= 0; index -= 1) {
    const row = rows[index];
    if (!row || row.seq <= above) break;
    if (row.counts) unread += 1;
    if (row.mentionsMe) mentions += 1;
  }
  return { unread: Math.min(MAX_COUNT, unread), mentions: Math.min(MAX_COUNT, mentions), clear: true };
}

/**
 * Takes over the server's counts unless those held are newer; rows that the new base contains are let go. A row that changed
 * after the base was counted (a message deleted while the answer was under way) makes the counts unclear.
 */
export function rebase(mark: Mark, base: CountBase): Mark {
  if (base.rev < mark.base.rev) return mark;
  let { unclearRev } = mark;
  const recent = mark.recent.filter((row) => {
    if (row.seq > base.seq) return true;
    if (row.rev > base.rev) unclearRev = Math.max(unclearRev, row.rev);
    return false;
  });
  return { ...mark, base, recent, unclearRev };
}

/** Folds the rows into the base when the result is certain, so that a busy room keeps few of them. */
export function fold(mark: Mark, meId: string): Mark {
  const newest = mark.recent.at(-1)?.seq;
  if (newest === undefined || mark.rev < mark.base.rev) return mark;
  const readSeq = readSeqOf(mark);
  if (mark.recent.length <= MAX_RECENT && readSeq < newest) return mark;
  // From the mark alone: a loaded stretch may already show messages beyond `mark.rev`, which will come again.
  const { unread, mentions, clear } = countUnread(mark, undefined, meId);
  if (!clear) return mark;
  return { ...mark, base: { rev: mark.rev, seq: newest, readSeq, unread, mentions }, recent: [] };
}
