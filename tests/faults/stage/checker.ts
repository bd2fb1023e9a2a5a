import { type Difference, differences } from "./comparison";
import type { Crowd } from "./crowd";
import type { Fleet } from "./fleet";
import type { ChangeEntry, Ledger, SentEntry } from "./ledger";
import type { Screen } from "./screen";
import { readTruth, type TrueMessage, type TrueRoom, type Truth } from "./truth";

/** What is wrong with the whole history, invariant by invariant; all empty when nothing is. */
export interface Verdict {
  /** I1: acknowledged, but not in the database or not on the screen of somebody entitled; an edit likewise. */
  ackedButMissing: string[];
  /** I2: stored or shown more than once. */
  duplicates: string[];
  /** I3: another order than the database's on a screen, or than an author's own in the database. */
  orderBroken: string[];
  /** I4: stored, though the author was told that it was refused. */
  storedThoughRefused: string[];
  /** I5: heard by somebody who is not, or no longer, in the room. */
  deliveredToStrangers: string[];
  /** I6: unread or mention count other than SQL's. */
  countsWrong: string[];
  /** I7: deaths nobody asked for, unhandled rejections, errors in the log. */
  complaints: string[];
  /** I8: places or change numbers that are missing or were given twice. */
  gaps: string[];
}

export const clean: Verdict = {
  ackedButMissing: [],
  duplicates: [],
  orderBroken: [],
  storedThoughRefused: [],
  deliveredToStrangers: [],
  countsWrong: [],
  complaints: [],
  gaps: [],
};

export interface Revoked {
  screen: Screen;
  roomId: string;
  /** From when on nothing more may reach it. */
  at: number;
}

/** Judges everything that happened so far: the database, every screen's history and the replicas' logs. */
export async function judge(
  crowd: Crowd,
  fleet: Pick<Fleet, "databaseUrl" | "complaints">,
  revoked: Revoked[] = [],
): Promise<Verdict> {
  const truth = await readTruth(fleet.databaseUrl, crowd.roomIds);
  const messages = [...truth.rooms.values()].flatMap((room) => room.messages);
  const stored = new Map(messages.map((message) => [message.clientId, message]));
  const ids = new Set(messages.map((message) => message.id));
  const { ledger, screens, away } = crowd;
  const unsent = new Set(
    away.flatMap(({ chat }) => [...chat.store.getState().pending.values()].flat()).map((item) => item.clientId),
  );
  const different = screens.flatMap((screen) => differences(screen, truth));
  const unlike = (...kinds: Difference["kind"][]) =>
    different.filter(({ kind }) => kinds.includes(kind)).map(({ text }) => text);
  return {
    ackedButMissing: [
      ...[...ledger.sent.values()]
        .filter((sent) => !sent.refused && !stored.has(sent.clientId) && !unsent.has(sent.clientId))
        .map((sent) => sent.content),
      ...screens.flatMap(({ shown }) => [...shown.keys()].filter((id) => !ids.has(id))),
      ...lostChanges(ledger, new Map(messages.map((message) => [message.id, message]))),
      ...unlike("offline", "missing", "content", "unsent"),
    ],
    duplicates: [
      ...screens.flatMap(({ faults }) => faults.filter((fault) => fault.includes("twice"))),
      // What nobody sent was stored once more.
      ...messages
        .filter(({ clientId }) => !ledger.sent.has(clientId) && !ledger.elsewhere.has(clientId))
        .map(({ content }) => `nobody sent "${content}"`),
    ],
    orderBroken: [
      ...screens.flatMap(({ faults }) => faults.filter((fault) => !fault.includes("twice"))),
      ...ownOrderBroken(truth, ledger),
      ...unlike("order"),
    ],
    storedThoughRefused: [...ledger.sent.values()]
      .filter((sent) => sent.refused && stored.has(sent.clientId))
      .map((sent) => sent.content),
    deliveredToStrangers: [
      ...revoked.flatMap(({ screen, roomId, at }) =>
        screen.heard
          .filter((event) => event.roomId === roomId && event.at > at)
          .map((event) => `${event.event} ${roomId}`),
      ),
      ...screens.flatMap((screen) => strangers(screen, truth, revoked)),
    ],
    countsWrong: unlike("count"),
    complaints: fleet.complaints(),
    gaps: [...truth.rooms].flatMap(([roomId, room]) => gapsOf(roomId, room)),
  };
}

function strangers(screen: Screen, truth: Truth, revoked: Revoked[]): string[] {
  const mine = truth.memberships.get(screen.person.user.id);
  const was = new Set(revoked.filter((one) => one.screen.person === screen.person).map((one) => one.roomId));
  return screen.heard
    .filter(({ roomId }) => !mine?.has(roomId) && !was.has(roomId))
    .map(({ event, roomId }) => `${screen.person.user.username} heard ${event} of ${roomId}`);
}

function ownOrderBroken(truth: Truth, ledger: Ledger): string[] {
  const broken: string[] = [];
  for (const room of truth.rooms.values()) {
    const last = new Map<string, number>();
    for (const { userId, clientId, seq } of room.messages) {
      const position = ledger.sent.get(clientId)?.position;
      if (position === undefined) continue;
      if (position < (last.get(userId) ?? 0)) broken.push(`${clientId} at ${seq} came before an earlier one`);
      last.set(userId, position);
    }
  }
  return broken;
}

/** An edit that its author saw done is in the message, unless a later change took its place. */
function lostChanges(ledger: Ledger, stored: ReadonlyMap<string, TrueMessage>): string[] {
  const byMessage = new Map<string, ChangeEntry[]>();
  for (const change of ledger.changes)
    byMessage.set(change.messageId, [...(byMessage.get(change.messageId) ?? []), change]);
  const lost: string[] = [];
  for (const [id, changes] of byMessage) {
    const message = stored.get(id);
    const done = changes.findLastIndex((change) => change.outcome === "done");
    if (done < 0 || !message) continue;
    const possible = changes.filter((change, index) => index >= done || change.outcome === "unknown");
    const now = message.deleted ? null : message.content;
    if (!possible.some((change) => change.content === now)) lost.push(`change of ${id}`);
  }
  return lost;
}

/** Places are 1, 2, 3 … and end where the room's counter stands; so are the numbers of its changes, each given once. */
function gapsOf(roomId: string, { rev, lastSeq, messages, revs }: TrueRoom): string[] {
  const found: string[] = [];
  if (messages.length !== lastSeq) found.push(`${roomId}: ${messages.length} messages, newest place ${lastSeq}`);
  messages.forEach((message, index) => {
    if (message.seq !== index + 1) found.push(`${roomId}: ${message.seq} stands where ${index + 1} should`);
  });
  const given = [...revs].sort((a, b) => a - b);
  const wrong = given.findIndex((one, index) => one !== index + 1);
  if (wrong >= 0) found.push(`${roomId}: change ${given[wrong]} stands where ${wrong + 1} should`);
  if (given.length !== rev) found.push(`${roomId}: ${given.length} changes, counter ${rev}`);
  return found;
}

/** How long messages took from their author's screen to each other one that has the room open, in ms. */
export function deliveries(crowd: Crowd, sent: readonly SentEntry[]): number[] {
  const wanted = new Map(sent.map((entry) => [entry.clientId, entry]));
  return crowd.screens.flatMap((screen) =>
    [...screen.shown.values()].flatMap(({ clientId, at }) => {
      const entry = wanted.get(clientId);
      return entry?.storedAt && entry.userId !== screen.person.user.id ? [Math.max(0, at - entry.storedAt)] : [];
    }),
  );
}
