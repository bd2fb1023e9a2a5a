import { database, query, type Statement } from "@/lib/infra/database";
import { type Run, readBehind } from "@/lib/infra/read-replica";
import { invalid, notFound } from "@/lib/protocol/errors";
import type { SearchResult } from "@/lib/protocol/objects";
import type { SearchInput } from "@/lib/protocol/routes";
import { readCursor, writeCursor } from "./cursor";
import { type MessageRow, messageView, selectMessages } from "./message-view";
import { nameKey } from "./rooms";
import { excerptOf } from "./search-excerpt";
import { type Candidate, type Match, newestMatching, type Place, type Wanted, WINDOW } from "./search-matches";
import { earliest, latest, parseSearch, type SearchQuery, tsquery } from "./search-query";

interface OwnRoom {
  id: string;
  name: string;
  rev: string;
}

const ownRooms: Statement<OwnRoom> = {
  name: "search-rooms",
  text: `
    SELECT r.id, r.name, r.rev FROM "RoomMember" m JOIN "Room" r ON r.id = m."roomId"
    WHERE m."userId" = $1 AND r."archivedAt" IS NULL`,
};

const authors: Statement<{ id: string }> = {
  name: "search-authors",
  text: `SELECT id FROM "User" WHERE username = ANY($1::text[]) UNION SELECT id FROM "User" WHERE id = ANY($1::text[])`,
};

/**
 * Read again where it is true at this moment: what was deleted or edited meanwhile, or elsewhere, is not shown. Only what has
 * changed since it matched is compared again, because that takes its text apart.
 */
const found: Statement<MessageRow> = {
  name: "search-found",
  text: `${selectMessages} WHERE m.id = ANY($1::text[]) AND m."deletedAt" IS NULL AND m.type <> 'system'
    AND ($2::text IS NULL OR (m.id, m.rev) IN (SELECT * FROM unnest($1::text[], $4::bigint[]))
      OR message_search(m.content, m.type) @@ (to_tsquery('parley', search_text($2)) && $3::tsquery))`,
};

/** A page of one window: what was found between two places, by rank. `top` is outside of it, `bottom` inside. */
interface Reached {
  top: Place;
  bottom?: Place;
  last?: Candidate;
}

const list = "search";
const atTheEnd: Place = { time: Date.UTC(9999, 0), id: "" };

function readReached(cursor: string): Reached {
  const [topTime, topId, bottomTime, bottomId, rank, time, id] = readCursor<
    [number, string, number, string, number, number, string]
  >(list, cursor, ["number", "string", "number", "string", "number", "number", "string"]);
  const top = { time: topTime, id: topId };
  return id === "" ? { top } : { top, bottom: { time: bottomTime, id: bottomId }, last: { rank, time, id } };
}

function writeReached({ top, bottom = { time: 0, id: "" }, last = { rank: 0, time: 0, id: "" } }: Reached): string {
  return writeCursor(list, top.time, top.id, bottom.time, bottom.id, last.rank, last.time, last.id);
}

const text = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0);
/** The best first; of equals the newest. */
const byRank = (one: Candidate, other: Candidate) =>
  other.rank - one.rank || other.time - one.time || text(other.id, one.id);

async function authorsOf(userId: string, names: string[]): Promise<string[] | undefined> {
  if (names.length === 0) return undefined;
  const wanted = names.map((name) => (name === "me" ? userId : name));
  return (await query(authors, [wanted])).map(({ id }) => id);
}

/** @throws {AppError} `not_found` for a room that the user is not in. */
async function roomsOf(userId: string, roomId: string | undefined, names: string[]): Promise<OwnRoom[]> {
  const own = await query(ownRooms, [userId]);
  if (roomId !== undefined && !own.some(({ id }) => id === roomId)) throw notFound("This room");
  const keys = new Set(names.map(nameKey));
  return own
    .filter(({ id }) => roomId === undefined || id === roomId)
    .filter(({ id, name }) => names.length === 0 || names.includes(id) || (name !== "" && keys.has(nameKey(name))));
}

function combined(input: SearchInput): SearchQuery {
  const typed = parseSearch(input.q ?? "");
  if (input.from !== undefined) typed.from.push(input.from.toLowerCase() === "me" ? "me" : input.from);
  if (input.has !== undefined) typed.has.push(input.has);
  typed.before = earliest(typed.before, input.before);
  typed.after = latest(typed.after, input.after);
  if (typed.terms.length || typed.from.length || typed.has.length) return typed;
  throw invalid({ q: "must hold a word to look for, or from: or has:" });
}

/** The messages of a page as they are now, in its order, with what was found in them. */
async function resultsOf(page: Match[], wanted: Wanted, { terms }: SearchQuery): Promise<SearchResult[]> {
  const [ids, revs] = [page.map(({ id }) => id), page.map(({ rev }) => rev)];
  const matching = wanted.words !== "" || wanted.flags !== "";
  const rows = await query(found, [ids, matching ? wanted.words : null, wanted.flags, revs]);
  const byId = new Map(rows.map((row) => [row.id, messageView(row)]));
  return ids.flatMap((id) => {
    const message = byId.get(id);
    return message ? [{ ...message, excerpt: excerptOf(message.content, terms) }] : [];
  });
}

/**
 * Messages of the user's rooms that hold all of what is asked for: of the newest 200 the best first, then of the 200
 * before, and so on, so that an answer costs the same however much was ever said. A page may therefore be shorter than
 * `limit` and still have a `next`.
 * @throws {AppError} `not_found` for a room that the user is not in, `invalid` for a query that asks for nothing.
 */
export async function search(
  userId: string,
  input: SearchInput,
): Promise<{ messages: SearchResult[]; next: string | null }> {
  const asked = combined(input);
  const reached = input.cursor === undefined ? { top: atTheEnd } : readReached(input.cursor);
  const [rooms, userIds] = [await roomsOf(userId, input.roomId, asked.in), await authorsOf(userId, asked.from)];
  if (rooms.length === 0 || userIds?.length === 0) return { messages: [], next: null };
  const wanted: Wanted = {
    roomIds: rooms.map(({ id }) => id),
    userIds,
    words: tsquery(asked.terms),
    flags: [...new Set(asked.has)].map((has) => `'has:${has}'`).join(" & "),
    before: asked.before,
    after: asked.after,
  };
  const known = { userId, heads: rooms.map(({ id, rev }) => ({ roomId: id, rev: Number(rev) })) };
  const match = (run: Run) => newestMatching(run, wanted, reached.top, reached.bottom);
  const window = await readBehind(known, match, database.get().searches);
  const [newest, oldest] = [window[0], window.at(-1)];
  if (!newest || !oldest) return { messages: [], next: null };
  const { last } = reached;
  const left = window.sort(byRank).filter((candidate) => !last || byRank(last, candidate) < 0);
  const page = left.slice(0, input.limit);
  const bottom = reached.bottom ?? { time: oldest.time, id: oldest.id };
  const isFull = reached.bottom !== undefined || window.length === WINDOW;
  const next = () => {
    // Fixed from now on, so that what is said meanwhile moves nothing.
    const top = reached.top === atTheEnd ? { time: newest.time + 1, id: "" } : reached.top;
    if (left.length > page.length) return writeReached({ top, bottom, last: page.at(-1) as Candidate });
    return isFull ? writeReached({ top: bottom }) : null;
  };
  return { messages: await resultsOf(page, wanted, asked), next: next() };
}
