import { query, type Statement } from "@/lib/infra/database";
import type { SyncInput, SyncOutput, SyncRoom } from "@/lib/protocol/events";
import { DEFAULT_PAGE, MAX_PAGE, SYNC_HORIZON } from "@/lib/protocol/limits";
import { cut, messagesChanged, newestPage } from "./message-pages";
import { roomsOf } from "./room-view";

/** Messages in one answer; rooms beyond it say `more` and are asked for again. */
const MAX_MESSAGES = 1_000;

export interface Head {
  roomId: string;
  rev: number;
  lastSeq: number;
}

const epochOf: Statement<{ epoch: string }> = { name: "epoch", text: `SELECT epoch FROM "Server"` };

/** The number that tells one life of the database from another; see docs/architecture.md. */
export async function currentEpoch(): Promise<string> {
  const [row] = await query(epochOf, []);
  if (!row) throw new Error("The database has no Server row; the migrations did not finish.");
  return row.epoch;
}

/** Also answers somebody without rooms, with one row that names none. */
const standingOf: Statement<{ epoch: string; id: string | null; rev: string; lastSeq: string }> = {
  name: "standing-of-user",
  text: `
    SELECT s.epoch, r.id, r.rev, r."lastSeq" FROM "Server" s
    LEFT JOIN ("RoomMember" m JOIN "Room" r ON r.id = m."roomId" AND r."archivedAt" IS NULL) ON m."userId" = $1`,
};

/** Where things stand for somebody, in one look: everything a client compares its copy with. */
export interface Standing {
  epoch: string;
  /** The change counters of all of the user's rooms. */
  heads: Head[];
}

export async function standing(userId: string): Promise<Standing> {
  const rows = await query(standingOf, [userId]);
  const [first] = rows;
  if (!first) throw new Error("The database has no Server row; the migrations did not finish.");
  const heads = rows.flatMap(({ id, rev, lastSeq }) =>
    id === null ? [] : { roomId: id, rev: Number(rev), lastSeq: Number(lastSeq) },
  );
  return { epoch: first.epoch, heads };
}

/**
 * Brings a client up to date: for each room it names, what changed after the `rev` it knows; a room it is too far behind
 * in, or knows from another life of the database, is answered with the newest page (`limited`). Rooms with nothing
 * new are left out. `joined` holds the rooms that it did not name, `left` those that are not (or no longer) the user's.
 * With nothing new it costs one query.
 */
export async function sync(userId: string, input: SyncInput): Promise<SyncOutput> {
  const { heads, epoch } = await standing(userId);
  const known = new Map(input.rooms.map(({ roomId, rev }) => [roomId, rev]));
  const sameLife = input.epoch === undefined || input.epoch === epoch;

  const behind: { head: Head; since: number }[] = [];
  const limited: Head[] = [];
  for (const head of heads) {
    const since = known.get(head.roomId);
    if (since === undefined || (sameLife && since === head.rev)) continue;
    if (!sameLife || since > head.rev || head.rev - since > SYNC_HORIZON) limited.push(head);
    else behind.push({ head, since });
  }
  const mine = new Set(heads.map(({ roomId }) => roomId));
  const unknown = heads.filter(({ roomId }) => !known.has(roomId)).map(({ roomId }) => roomId);
  const [rooms, joined] = await Promise.all([
    roomAnswers(behind, limited),
    unknown.length ? roomsOf(userId, unknown) : [],
  ]);
  return { epoch, rooms, joined, left: [...known.keys()].filter((roomId) => !mine.has(roomId)) };
}

async function roomAnswers(behind: { head: Head; since: number }[], limited: Head[]): Promise<SyncRoom[]> {
  let budget = MAX_MESSAGES;
  const served = behind.filter(({ head, since }) => {
    const fits = budget > 0;
    budget -= Math.min(head.rev - since, MAX_PAGE);
    return fits;
  });
  const changes = served.length
    ? await messagesChanged(
        served.map(({ head, since }) => ({ roomId: head.roomId, since })),
        MAX_PAGE + 1,
      )
    : new Map();
  const answers: SyncRoom[] = behind.map((entry) => {
    const { head, since } = entry;
    if (!served.includes(entry)) return { roomId: head.roomId, rev: since, messages: [], more: true };
    return { roomId: head.roomId, ...cut(changes.get(head.roomId) ?? [], MAX_PAGE, head.rev) };
  });
  for (const head of limited) {
    const fits = budget > 0;
    budget -= DEFAULT_PAGE;
    // Its copy is worthless either way: 0 is the one mark that leads to `limited` or to everything again.
    if (!fits) answers.push({ roomId: head.roomId, rev: 0, messages: [], more: true, limited: true });
    else {
      const { messages } = await newestPage(head.roomId, head.lastSeq, DEFAULT_PAGE);
      answers.push({ roomId: head.roomId, rev: head.rev, messages, more: false, limited: true });
    }
  }
  return answers;
}
