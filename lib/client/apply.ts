import type { Message, Reactions } from "../protocol/objects";
import type { Conversation, Edge } from "./state";

/**
 * One step of a room's change counter as it reaches the client. Reactions come without their message, so they
 * may only be applied to a state that holds every earlier change.
 */
export type Change = { rev: number; message: Message } | { rev: number; messageId: string; reactions: Reactions };

/** A page of history as the server cuts it; `null` cursors mean that the room ends there. */
export interface Page {
  messages: readonly Message[];
  older: string | null;
  newer: string | null;
}

export function messagesOf(changes: readonly Change[]): readonly Message[] {
  return changes.flatMap((change) => ("message" in change ? [change.message] : []));
}

export function emptyConversation(roomId: string): Conversation {
  const edge: Edge = { more: false, cursor: null, status: "idle" };
  return {
    roomId,
    status: "loading",
    error: null,
    messages: [],
    older: edge,
    newer: edge,
    dividerSeq: null,
    target: null,
  };
}

/** Where `seq` stands in an ordered list, or where it would be inserted. */
export function placeOf(messages: readonly Message[], seq: number): number {
  let low = 0;
  let high = messages.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((messages[middle]?.seq ?? 0) < seq) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Applies changes to a stretch of a room. For each message the higher `rev` stays, so repeats and late arrivals
 * change nothing. New messages are taken only at the room's end (`grows`); what lies outside the stretch is left
 * out. Returns the same array when nothing changed.
 */
export function applyChanges(
  messages: readonly Message[],
  changes: readonly Change[],
  grows: boolean,
): readonly Message[] {
  let next: Message[] | null = null;
  const first = messages[0]?.seq ?? 0;
  let last = messages.at(-1)?.seq ?? 0;
  for (const change of changes) {
    const current: readonly Message[] = next ?? messages;
    if ("message" in change) {
      const { message } = change;
      const place = placeOf(current, message.seq);
      const held = current[place];
      if (held?.seq === message.seq) {
        if (held.rev >= message.rev) continue;
        next ??= [...messages];
        next[place] = message;
      } else if (message.seq > last ? grows : message.seq > first) {
        next ??= [...messages];
        next.splice(place, 0, message);
        last = Math.max(last, message.seq);
      }
    } else {
      const place = current.findLastIndex((message) => message.id === change.messageId);
      const held = current[place];
      if (!held || held.rev >= change.rev) continue;
      next ??= [...messages];
      next[place] = { ...held, rev: change.rev, reactions: change.reactions };
    }
  }
  return next ?? messages;
}

export function applyToConversation(conversation: Conversation, changes: readonly Change[]): Conversation {
  const messages = applyChanges(conversation.messages, changes, !conversation.newer.more);
  return messages === conversation.messages ? conversation : { ...conversation, messages };
}

const edgeAt = (cursor: string | null): Edge => ({ more: cursor !== null, cursor, status: "idle" });

/** An edge whose cursor is unknown: the place of the outermost message tells whether there is more. */
export function topEdge(messages: readonly Message[]): Edge {
  return { more: (messages[0]?.seq ?? 1) > 1, cursor: null, status: "idle" };
}

/**
 * Puts a page into a conversation. The page shows the room as it was while the request was under way, so
 * `since` must hold every change applied since the request was made: they are laid over it.
 * A page that neither touches nor overlaps the stretch (which was replaced meanwhile) is dropped, except
 * `replace`, which takes the stretch's place.
 */
export function applyPage(
  conversation: Conversation,
  page: Page,
  kind: "replace" | "older" | "newer",
  since: readonly Change[],
): Conversation {
  const held = conversation.messages;
  const joined = kind === "replace" ? null : join(held, page.messages);
  if (kind !== "replace" && !joined) return settleEdges(conversation);
  const messages = joined ?? page.messages;
  const next: Conversation = {
    ...conversation,
    status: "ready",
    error: null,
    messages,
    older: kind === "newer" || outermost(held, page.messages, "older", kind) ? conversation.older : edgeAt(page.older),
    newer: kind === "older" || outermost(held, page.messages, "newer", kind) ? conversation.newer : edgeAt(page.newer),
  };
  return settleEdges(applyToConversation(next, since));
}

/** The stretch already reaches further than the page on that side, so the page's cursor says nothing about its edge. */
function outermost(held: readonly Message[], page: readonly Message[], side: "older" | "newer", kind: string): boolean {
  if (kind === "replace" || held.length === 0 || page.length === 0) return false;
  return side === "older"
    ? (held[0]?.seq ?? 0) < (page[0]?.seq ?? 0)
    : (held.at(-1)?.seq ?? 0) > (page.at(-1)?.seq ?? 0);
}

function settleEdges(conversation: Conversation): Conversation {
  const settle = (edge: Edge): Edge => (edge.status === "loading" ? { ...edge, status: "idle" } : edge);
  return { ...conversation, older: settle(conversation.older), newer: settle(conversation.newer) };
}

/** Both stretches as one, the higher `rev` of each message; null when places between them are missing. */
function join(held: readonly Message[], page: readonly Message[]): readonly Message[] | null {
  const pageFirst = page[0];
  const pageLast = page.at(-1);
  if (!pageFirst || !pageLast) return held;
  const heldFirst = held[0]?.seq ?? pageFirst.seq;
  const heldLast = held.at(-1)?.seq ?? pageLast.seq;
  if (pageLast.seq < heldFirst - 1 || pageFirst.seq > heldLast + 1) return null;
  const bySeq = new Map<number, Message>();
  for (const message of [...page, ...held]) {
    const other = bySeq.get(message.seq);
    if (!other || other.rev <= message.rev) bySeq.set(message.seq, message);
  }
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq);
}

/** What `sync` answers when too much was missed: the newest page; what lies above it is asked for when scrolled to. */
export function replaceByNewest(conversation: Conversation, newest: readonly Message[]): Conversation {
  const messages = [...newest].sort((a, b) => a.seq - b.seq);
  return {
    ...conversation,
    status: "ready",
    error: null,
    messages,
    older: topEdge(messages),
    newer: { more: false, cursor: null, status: "idle" },
  };
}

/** Keeps the newest `limit` messages of a stretch. */
export function trim(conversation: Conversation, limit: number): Conversation {
  if (conversation.messages.length <= limit) return conversation;
  const messages = conversation.messages.slice(-limit);
  return { ...conversation, messages, older: topEdge(messages) };
}
