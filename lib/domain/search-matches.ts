import type { Run } from "@/lib/infra/read-replica";

/** What a message must be to be found; all of it. */
export interface Wanted {
  roomIds: string[];
  userIds: string[] | undefined;
  /** As `to_tsquery` reads it; "" when no word is asked for. */
  words: string;
  /** As a `tsquery` literal; "" when nothing is. */
  flags: string;
  /** From `after` on, up to but without `before`. */
  before: Date | undefined;
  after: Date | undefined;
}

/** Where a message stands among all of the server's, by time; `time` in ms since 1970. */
export interface Place {
  time: number;
  id: string;
}

export interface Candidate extends Place {
  /** In millionths, so that it travels in a cursor unchanged. */
  rank: number;
}

export interface Match extends Candidate {
  /** The message's change number, with which it matched. */
  rev: string;
}

interface Found {
  id: string;
  createdAt: Date;
  rank: number;
  rev: string;
}

/** Messages that are ranked against each other. Ranking reads each of them, so their number bounds what a search costs. */
export const WINDOW = 200;

/**
 * The newest messages, at most {@link WINDOW}, that match and stand before `top` and not before `bottom`, newest first.
 * Not a named statement: which plan is good depends on the words, so each search is planned for its own.
 */
export async function newestMatching(run: Run, wanted: Wanted, top: Place, bottom?: Place): Promise<Match[]> {
  const values: unknown[] = [];
  const value = (one: unknown, type: string) => {
    values.push(one);
    return `$${values.length}::${type}`;
  };
  const place = ({ time, id }: Place) => `(${value(new Date(time), "timestamptz")}, ${value(id, "text")})`;
  const asked = [
    wanted.words && `to_tsquery('parley', search_text(${value(wanted.words, "text")}))`,
    wanted.flags && value(wanted.flags, "tsquery"),
  ]
    .filter(Boolean)
    .join(" && ");
  const conditions = [
    // Word for word the condition of the index; see prisma/migrations, "message_search_index".
    `m."deletedAt" IS NULL AND m.type <> 'system'`,
    `m."roomId" = ANY(${value(wanted.roomIds, "text[]")})`,
    `(m."createdAt", m.id) < ${place(top)}`,
    bottom && `(m."createdAt", m.id) >= ${place(bottom)}`,
    wanted.userIds && `m."userId" = ANY(${value(wanted.userIds, "text[]")})`,
    asked && `message_search(m.content, m.type) @@ (${asked})`,
    wanted.before && `m."createdAt" < ${value(wanted.before, "timestamptz")}`,
    wanted.after && `m."createdAt" >= ${value(wanted.after, "timestamptz")}`,
  ].filter(Boolean);
  const rank = asked ? `round(ts_rank(message_search(n.content, n.type), ${asked}, 1) * 1000000)::int` : "0";
  const text = `
    SELECT n.id, n."createdAt", n.rev, ${rank} AS rank FROM (
      SELECT m.id, m."createdAt", m.rev, m.content, m.type FROM "Message" m WHERE ${conditions.join(" AND ")}
      ORDER BY m."createdAt" DESC, m.id DESC LIMIT ${WINDOW}) n
    ORDER BY n."createdAt" DESC, n.id DESC`;
  const rows = await run<Found>({ name: "", text }, values);
  return rows.map((row) => ({ id: row.id, time: row.createdAt.getTime(), rank: row.rank, rev: row.rev }));
}
