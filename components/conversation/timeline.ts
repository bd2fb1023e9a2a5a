import type { Conversation, PendingMessage } from "@/lib/client/state";
import type { Me, Message } from "@/lib/protocol/objects";
import { dayOf } from "../ui/clock";

/** Messages of one author within this time stand under one name. */
const GROUP_MS = 5 * 60_000;

export type TimelineItem =
  | { kind: "beginning"; key: string }
  | { kind: "older" | "newer"; key: string; failed: boolean }
  | { kind: "day"; key: string; date: Date }
  | { kind: "new"; key: string }
  | { kind: "message"; key: string; message: Message; shape: RowShape }
  | { kind: "pending"; key: string; pending: PendingMessage; shape: RowShape };

/** `head`: with face and name. `follow`: under the one above. `hidden`: keeps its place in the list and shows nothing. */
export type RowShape = "head" | "follow" | "hidden";

interface Previous {
  userId: string;
  at: number;
  day: number;
  joins: boolean;
}

/**
 * What stands in a conversation, top to bottom. A deleted message whose place no reply points at stays as an item
 * of no height: taking it out would move everything that the list has measured below it.
 */
export function timeline(
  conversation: Conversation,
  pending: readonly PendingMessage[],
  me: Pick<Me, "id"> | null,
): TimelineItem[] {
  const { messages, older, newer, dividerSeq } = conversation;
  const items: TimelineItem[] = [];
  if (older.more) items.push({ kind: "older", key: "older", failed: older.status === "error" });
  else items.push({ kind: "beginning", key: "beginning" });

  const quoted = new Set(messages.flatMap((message) => (message.replyTo ? [message.replyTo.id] : [])));
  let previous = null as Previous | null;
  const first = messages[0];
  // Above what is loaded there may be more that is unread: then the place of the divider is not known yet.
  let divided = dividerSeq === null || (older.more && first !== undefined && first.seq > dividerSeq + 1);

  for (const message of messages) {
    const key = `${message.user.id}:${message.clientId}`;
    if (message.deletedAt && !quoted.has(message.id)) {
      items.push({ kind: "message", key, message, shape: "hidden" });
      continue;
    }
    const date = new Date(message.createdAt);
    const day = dayOf(date);
    if (previous?.day !== day) {
      items.push({ kind: "day", key: `day-${day}`, date });
      previous = null;
    }
    if (!divided && dividerSeq !== null && message.seq > dividerSeq && message.user.id !== me?.id) {
      items.push({ kind: "new", key: "new" });
      divided = true;
      previous = null;
    }
    const joins = message.type !== "system" && !message.deletedAt;
    const shape = joins && follows(previous, message.user.id, date.getTime()) && !message.replyTo ? "follow" : "head";
    items.push({ kind: "message", key, message, shape });
    previous = { userId: message.user.id, at: date.getTime(), day, joins };
  }

  if (newer.more) {
    items.push({ kind: "newer", key: "newer", failed: newer.status === "error" });
    return items;
  }
  const userId = me?.id ?? "";
  const stored = new Set(messages.filter(({ user }) => user.id === userId).map(({ clientId }) => clientId));
  for (const entry of pending) {
    // Another tab of the same person may still count as unsent what is stored and shown already.
    if (stored.has(entry.clientId)) continue;
    const date = new Date(entry.createdAt);
    const day = dayOf(date);
    // The clock of this device may be off: a pending message never opens a day before the one above it.
    if (previous === null || day > previous.day) {
      items.push({ kind: "day", key: `day-${day}`, date });
      previous = null;
    }
    const shape = follows(previous, userId, entry.createdAt) && !entry.replyTo ? "follow" : "head";
    items.push({ kind: "pending", key: `${userId}:${entry.clientId}`, pending: entry, shape });
    previous = { userId, at: entry.createdAt, day: Math.max(day, previous?.day ?? day), joins: true };
  }
  return items;
}

function follows(previous: Previous | null, userId: string, at: number): boolean {
  return previous?.joins === true && previous.userId === userId && Math.abs(at - previous.at) <= GROUP_MS;
}

/** How many items were put in front of those that were there before: their places have moved by as many. */
export function prepended(before: readonly TimelineItem[], now: readonly TimelineItem[]): number {
  const first = before.find((item) => item.kind === "message");
  if (!first) return 0;
  const was = before.indexOf(first);
  const is = now.findIndex((item) => item.key === first.key);
  return is < 0 ? 0 : Math.max(0, is - was);
}

/** Not only more of the same stretch at one of its ends: what is in view may stand at another place. */
export function replaced(before: readonly TimelineItem[], now: readonly TimelineItem[]): boolean {
  const first = before.find((item) => item.kind === "message");
  if (before === now || !first) return false;
  const last = before.findLast((item) => item.kind === "message") ?? first;
  const from = now.findIndex((item) => item.key === first.key);
  if (from < 0) return true;
  const grewAbove = from > before.indexOf(first);
  const grewBelow = now.findLast((item) => item.kind === "message")?.key !== last.key;
  return grewAbove && grewBelow;
}
