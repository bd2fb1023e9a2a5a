import { MAX_COUNT } from "@/lib/protocol/limits";
import type { Message } from "@/lib/protocol/objects";
import { waitFor } from "../../harness/wait-for";
import type { Crowd } from "./crowd";
import type { Fleet } from "./fleet";
import type { ChangeEntry, Ledger, SentEntry } from "./ledger";
import type { Screen } from "./screen";
import { readTruth, type TrueMessage, type Truth } from "./truth";

const list = (values: readonly string[]) => [...values].sort().join(" ");

function printStored(message: TrueMessage): string {
  const { id, seq, rev, clientId, userId, content, edited, deleted, mentions, reactions } = message;
  const reacted = list(reactions.map(({ emoji, userIds }) => `${emoji}:${list(userIds)}`));
  return [id, seq, rev, clientId, userId, content, edited, deleted, list(mentions), reacted].join("|");
}

function printShown(message: Message): string {
  const { id, seq, rev, clientId, user, content, editedAt, deletedAt, mentions, reactions } = message;
  const reacted = list(reactions.map(({ emoji, userIds }) => `${emoji}:${list(userIds)}`));
  return [
    id,
    seq,
    rev,
    clientId,
    user.id,
    content,
    editedAt !== null,
    deletedAt !== null,
    list(mentions),
    reacted,
  ].join("|");
}

/** In what a screen differs from the database; empty when it shows exactly what is stored. */
export function differences(screen: Screen, truth: Truth): string[] {
  const found: string[] = [];
  const who = screen.person.user.username;
  const state = screen.chat.store.getState();
  const mine = truth.memberships.get(screen.person.user.id) ?? new Map();
  if (!screen.isOnline()) found.push(`${who} is ${state.connection.state}`);
  for (const roomId of state.rooms.keys()) if (!mine.has(roomId)) found.push(`${who} still shows ${roomId}`);
  for (const [roomId, membership] of mine) {
    const stored = truth.rooms.get(roomId);
    const room = state.rooms.get(roomId);
    if (!stored || !room?.me) {
      found.push(`${who} does not show ${roomId}`);
      continue;
    }
    const expected = [
      stored.lastSeq,
      membership.lastReadSeq,
      Math.min(MAX_COUNT, membership.unread),
      Math.min(MAX_COUNT, membership.mentions),
    ].join(" ");
    const { lastReadSeq, unread, mentions } = room.me;
    const counted = [room.lastSeq, lastReadSeq, unread, mentions].join(" ");
    if (counted !== expected) found.push(`${who} counts ${counted} in ${roomId}, the database ${expected}`);
    if (screen.open.has(roomId)) found.push(...unlike(who, roomId, screen, stored));
  }
  for (const [roomId, pending] of state.pending) {
    for (const item of pending)
      if (item.state !== "failed") found.push(`${who} has ${item.clientId} unsent in ${roomId}`);
  }
  return found;
}

function unlike(
  who: string,
  roomId: string,
  screen: Screen,
  stored: { rev: number; messages: TrueMessage[] },
): string[] {
  const { conversations, marks } = screen.chat.store.getState();
  const shown = conversations.get(roomId);
  if (shown?.status !== "ready" || shown.newer.more) return [`${who}: ${roomId} is ${shown?.status}`];
  if (marks.get(roomId)?.rev !== stored.rev)
    return [`${who}: ${roomId} at ${marks.get(roomId)?.rev}, not ${stored.rev}`];
  const first = shown.messages[0]?.seq ?? 1;
  const expected = stored.messages.filter(({ seq }) => seq >= first);
  if (shown.messages.length !== expected.length)
    return [`${who}: ${roomId} shows ${shown.messages.length} of ${expected.length}`];
  for (const [index, message] of expected.entries()) {
    const own = shown.messages[index];
    const print = own && printShown(own);
    if (print !== printStored(message)) return [`${who}: ${roomId} shows ${print}, stored is ${printStored(message)}`];
  }
  return [];
}

/**
 * Waits until every screen shows what the database holds. Resolves to how long it took, in ms.
 * @throws an error that names the differences when they are still there after `timeout` ms (10 s: promise P3).
 */
export async function untilEqual(crowd: Crowd, fleet: Pick<Fleet, "databaseUrl">, timeout = 10_000): Promise<number> {
  const since = Date.now();
  await waitFor(
    async () => {
      const truth = await readTruth(fleet.databaseUrl);
      const found = crowd.screens.flatMap((screen) => differences(screen, truth));
      if (found.length > 0) throw new Error(`${found.length} differences:\n${found.slice(0, 8).join("\n")}`);
      return true;
    },
    { timeout, what: "every screen to show what the database holds" },
  );
  return Date.now() - since;
}

/** What is wrong with the whole history, invariant by invariant (see docs/guarantees.md); all empty when nothing is. */
export interface Verdict {
  ackedButMissing: string[];
  duplicates: string[];
  orderBroken: string[];
  storedThoughRefused: string[];
  deliveredToStrangers: string[];
  countsWrong: string[];
  complaints: string[];
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
export async function judge(crowd: Crowd, fleet: Fleet, revoked: Revoked[] = []): Promise<Verdict> {
  const truth = await readTruth(fleet.databaseUrl);
  const messages = [...truth.rooms.values()].flatMap((room) => room.messages);
  const stored = new Map(messages.map((message) => [message.clientId, message]));
  const ids = new Set(messages.map((message) => message.id));
  const { ledger, screens, away } = crowd;
  const unsent = new Set(
    away.flatMap(({ chat }) => [...chat.store.getState().pending.values()].flat()).map((item) => item.clientId),
  );
  return {
    ackedButMissing: [
      ...[...ledger.sent.values()]
        .filter((sent) => !sent.refused && !stored.has(sent.clientId) && !unsent.has(sent.clientId))
        .map((sent) => sent.content),
      ...screens.flatMap(({ shown }) => [...shown.keys()].filter((id) => !ids.has(id))),
      ...lostChanges(ledger, new Map(messages.map((message) => [message.id, message]))),
    ],
    duplicates: [
      ...screens.flatMap(({ faults }) => faults.filter((fault) => fault.includes("twice"))),
      ...(stored.size === messages.length ? [] : [`${messages.length - stored.size} messages are stored twice`]),
    ],
    orderBroken: [
      ...screens.flatMap(({ faults }) => faults.filter((fault) => !fault.includes("twice"))),
      ...ownOrderBroken(truth, ledger),
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
    countsWrong: screens.flatMap((screen) => differences(screen, truth)),
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

/** Places are 1, 2, 3 …; change numbers name one message each and end where the room's counter stands. */
function gapsOf(
  roomId: string,
  { rev, lastSeq, messages }: { rev: number; lastSeq: number; messages: TrueMessage[] },
): string[] {
  const found: string[] = [];
  if (messages.length !== lastSeq) found.push(`${roomId}: ${messages.length} messages, newest place ${lastSeq}`);
  messages.forEach((message, index) => {
    if (message.seq !== index + 1) found.push(`${roomId}: ${message.seq} stands where ${index + 1} should`);
  });
  const revs = new Set(messages.map((message) => message.rev));
  if (revs.size !== messages.length) found.push(`${roomId}: two messages share a change number`);
  if (Math.max(0, ...revs) !== rev) found.push(`${roomId}: newest change ${Math.max(0, ...revs)}, counter ${rev}`);
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
