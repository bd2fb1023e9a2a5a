import type { OutboxItem } from "./outbox-storage";
import type { ChatState, PendingMessage } from "./state";

/** Older messages are sent only when the person says so, in ms. */
export const MAX_AGE_MS = 24 * 60 * 60 * 1_000;

/** Replaces a room's unsent messages and counts what waits. */
export function withPendingList(state: ChatState, roomId: string, list: readonly PendingMessage[]): ChatState {
  const pending = new Map(state.pending);
  if (list.length > 0) pending.set(roomId, list);
  else pending.delete(roomId);
  let waiting = 0;
  for (const room of pending.values())
    for (const { state: is } of room) if (is === "waiting" || is === "sending") waiting += 1;
  const connection = waiting === state.connection.waiting ? state.connection : { ...state.connection, waiting };
  return { ...state, pending, connection };
}

/** Shows an item of the outbox, in its place when it is shown already. */
export function withPending(state: ChatState, item: OutboxItem, is: PendingMessage["state"]): ChatState {
  const { clientId, roomId, content, replyTo, fileIds, createdAt, error } = item;
  const shown: PendingMessage = {
    clientId,
    roomId,
    content,
    replyTo,
    ...(fileIds && { fileIds }),
    createdAt,
    state: is,
    error,
  };
  const list = state.pending.get(roomId) ?? [];
  const place = list.findIndex((other) => other.clientId === clientId);
  const held = list[place];
  if (held && held.state === is && held.error === error) return state;
  return withPendingList(state, roomId, held ? list.with(place, shown) : [...list, shown]);
}

export function withoutPendingItem(state: ChatState, roomId: string, clientId: string): ChatState {
  const list = state.pending.get(roomId);
  if (!list?.some((item) => item.clientId === clientId)) return state;
  return withPendingList(
    state,
    roomId,
    list.filter((item) => item.clientId !== clientId),
  );
}

export function isHeld(item: OutboxItem, now: number): boolean {
  return !item.released && now - item.createdAt > MAX_AGE_MS;
}
