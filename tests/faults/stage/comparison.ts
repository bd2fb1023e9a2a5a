import { MAX_COUNT } from "@/lib/protocol/limits";
import type { Message } from "@/lib/protocol/objects";
import { waitFor } from "../../harness/wait-for";
import type { Crowd } from "./crowd";
import type { Fleet } from "./fleet";
import type { Screen } from "./screen";
import { readHeads, readTruth, type TrueMessage, type TrueRoom, type Truth } from "./truth";

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

/** In what a screen differs from the database. */
export interface Difference {
  kind: "offline" | "missing" | "order" | "content" | "count" | "unsent";
  text: string;
}

/** All that this screen shows otherwise than the database; empty when it shows exactly what is stored. */
export function differences(screen: Screen, truth: Truth): Difference[] {
  const found: Difference[] = [];
  const who = screen.person.user.username;
  const note = (kind: Difference["kind"], text: string) => void found.push({ kind, text: `${who}: ${text}` });
  const state = screen.chat.store.getState();
  const mine = truth.memberships.get(screen.person.user.id) ?? new Map();
  if (!screen.isOnline()) note("offline", state.connection.state);
  for (const roomId of state.rooms.keys()) if (!mine.has(roomId)) note("content", `still shows ${roomId}`);
  for (const [roomId, membership] of mine) {
    const stored = truth.rooms.get(roomId);
    const room = state.rooms.get(roomId);
    if (!stored || !room?.me) {
      note("missing", `does not show ${roomId}`);
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
    if (counted !== expected) note("count", `counts ${counted} in ${roomId}, the database ${expected}`);
    if (screen.open.has(roomId)) compareMessages(roomId, screen, stored, note);
  }
  for (const [roomId, pending] of state.pending) {
    for (const item of pending) if (item.state !== "failed") note("unsent", `${item.clientId} waits in ${roomId}`);
  }
  return found;
}

function compareMessages(
  roomId: string,
  screen: Screen,
  stored: TrueRoom,
  note: (kind: Difference["kind"], text: string) => void,
): void {
  const { conversations, marks } = screen.chat.store.getState();
  const shown = conversations.get(roomId);
  if (shown?.status !== "ready" || shown.newer.more) {
    note("missing", `${roomId} is ${shown?.status}`);
    return;
  }
  const rev = marks.get(roomId)?.rev;
  if (rev !== stored.rev) note("content", `${roomId} is at change ${rev}, the database at ${stored.rev}`);
  const first = shown.messages[0]?.seq ?? 1;
  const expected = stored.messages.filter(({ seq }) => seq >= first);
  const ids = new Set(shown.messages.map(({ id }) => id));
  const missing = expected.filter(({ id }) => !ids.has(id));
  if (missing.length > 0) note("missing", `${missing.length} of ${roomId}, the first ${missing[0]?.content}`);
  const known = new Set(expected.map(({ id }) => id));
  const common = shown.messages.filter(({ id }) => known.has(id)).map(({ id }) => id);
  const inOrder = expected.filter(({ id }) => ids.has(id)).map(({ id }) => id);
  if (common.join() !== inOrder.join()) note("order", `${roomId} is in another order`);
  const byId = new Map(shown.messages.map((message) => [message.id, message]));
  for (const message of expected) {
    const own = byId.get(message.id);
    if (own && printShown(own) !== printStored(message))
      note("content", `${roomId} shows ${printShown(own)}, stored is ${printStored(message)}`);
  }
}

/** Whether no screen can be equal yet, told without reading any message. */
async function isBehind(crowd: Crowd, databaseUrl: string): Promise<string | undefined> {
  const heads = await readHeads(databaseUrl);
  for (const screen of crowd.screens) {
    const { marks, pending, rooms } = screen.chat.store.getState();
    for (const roomId of screen.open) {
      if (!rooms.has(roomId)) continue;
      const rev = marks.get(roomId)?.rev;
      if (screen.isOnline() && rev === heads.get(roomId)) continue;
      const { connection } = screen.chat.store.getState();
      const { name = "nothing" } = screen.socket.io.engine?.transport ?? {};
      return `${screen.person.user.username} (${connection.state}, ${name}) is at change ${rev} of ${roomId}, the database at ${heads.get(roomId)}`;
    }
    const unsent = [...pending.values()].flat().find((item) => item.state !== "failed");
    if (unsent) return `${screen.person.user.username} has unsent: ${JSON.stringify(unsent)}`;
  }
  return undefined;
}

/**
 * Waits until every screen shows what the database holds. Resolves to how long it took, in ms.
 * @throws an error that names the differences when they are still there after `timeout` ms (10 s: promise P3).
 */
export async function untilEqual(crowd: Crowd, fleet: Pick<Fleet, "databaseUrl">, timeout = 10_000): Promise<number> {
  const since = Date.now();
  await waitFor(
    async () => {
      const behind = await isBehind(crowd, fleet.databaseUrl);
      if (behind) throw new Error(behind);
      const truth = await readTruth(fleet.databaseUrl, crowd.roomIds);
      const found = crowd.screens.flatMap((screen) => differences(screen, truth));
      if (found.length > 0) {
        const texts = found.slice(0, 8).map(({ text }) => text);
        throw new Error(`${found.length} differences:\n${texts.join("\n")}`);
      }
      return true;
    },
    { timeout, every: 100, what: "every screen to show what the database holds" },
  );
  return Date.now() - since;
}
