import type { Message, Room, User, UserBrief } from "../protocol/objects";
import { applyToConversation, type Change, messagesOf } from "./apply";
import { withPendingList } from "./pending";
import { withoutTypist, withUsers } from "./people";
import type { ChatState, Conversation, Mark } from "./state";
import { advance, baseOf, countUnread, fold, newMark, readSeqOf, rebase } from "./unread";

/** Rows a conversation on the screen may grow to before its oldest are let go. */
const MAX_ON_SCREEN = 5_000;

export function withEntry<K, V>(map: ReadonlyMap<K, V>, key: K, value: V): ReadonlyMap<K, V> {
  if (map.get(key) === value) return map;
  return new Map(map).set(key, value);
}

export function withoutEntry<K, V>(map: ReadonlyMap<K, V>, key: K): ReadonlyMap<K, V> {
  if (!map.has(key)) return map;
  const next = new Map(map);
  next.delete(key);
  return next;
}

/** Changes a room's mark, conversation or object, and computes its counts anew. */
export function withRoom(
  state: ChatState,
  roomId: string,
  change: { mark?: Mark; conversation?: Conversation; room?: Room },
): ChatState {
  const meId = state.me?.id ?? "";
  const conversation = change.conversation ?? state.conversations.get(roomId);
  let mark = change.mark ?? state.marks.get(roomId);
  let room = change.room ?? state.rooms.get(roomId);
  if (mark) {
    // Whose messages are one's own is known from the greeting on; until then the server's counts stand.
    if (state.me) mark = fold(mark, meId);
    if (state.me && room?.me) {
      const { unread, mentions, clear } = countUnread(mark, conversation, meId);
      const lastReadSeq = readSeqOf(mark);
      const counts = clear ? { unread, mentions } : { unread: room.me.unread, mentions: room.me.mentions };
      if (
        room.me.lastReadSeq !== lastReadSeq ||
        room.me.unread !== counts.unread ||
        room.me.mentions !== counts.mentions
      )
        room = { ...room, me: { ...room.me, lastReadSeq, ...counts } };
    }
  }
  return {
    ...state,
    marks: mark ? withEntry(state.marks, roomId, mark) : state.marks,
    rooms: room ? withEntry(state.rooms, roomId, room) : state.rooms,
    conversations: conversation ? withEntry(state.conversations, roomId, conversation) : state.conversations,
  };
}

/** The counts cannot be derived from what is held: the room must be asked for anew. */
export function isUnclear(state: ChatState, roomId: string): boolean {
  const mark = state.marks.get(roomId);
  if (!mark || !state.me || !state.rooms.get(roomId)?.me) return false;
  return !countUnread(mark, state.conversations.get(roomId), state.me.id).clear;
}

/** Applies changes that are next in order, up to `rev`, to everything that is held of the room. */
export function applyToRoom(state: ChatState, roomId: string, changes: readonly Change[], rev: number): ChatState {
  const mark = state.marks.get(roomId);
  if (!mark) return state;
  const meId = state.me?.id ?? "";
  const held = state.conversations.get(roomId);
  let conversation = held && applyToConversation(held, changes);
  if (conversation && conversation.messages.length > MAX_ON_SCREEN && !conversation.newer.more)
    conversation = {
      ...conversation,
      messages: conversation.messages.slice(-MAX_ON_SCREEN * 0.8),
      older: { more: true, cursor: null, status: "idle" },
    };
  const messages = messagesOf(changes);
  const room = state.rooms.get(roomId);
  let next = withRoom(state, roomId, {
    mark: advance(mark, changes, rev, meId),
    ...(conversation && { conversation }),
    ...(room && { room: withNewest(room, messages) }),
  });
  next = withUsers(
    next,
    messages.map((message) => message.user),
  );
  for (const message of messages)
    if (message.seq > (room?.lastSeq ?? 0)) next = withoutTypist(next, roomId, message.user.id);
  return withoutPending(next, roomId, messages);
}

function withNewest(room: Room, messages: readonly Message[]): Room {
  let newest: Message | undefined;
  for (const message of messages) if (message.seq > (newest?.seq ?? room.lastSeq)) newest = message;
  return newest ? { ...room, lastSeq: newest.seq, lastMessageAt: newest.createdAt } : room;
}

/** Own messages that are stored now are no longer pending. */
export function withoutPending(state: ChatState, roomId: string, messages: readonly Message[]): ChatState {
  const waiting = state.pending.get(roomId);
  if (!waiting || messages.length === 0) return state;
  const stored = new Set(
    messages.filter((message) => message.user.id === state.me?.id).map((message) => message.clientId),
  );
  const left = waiting.filter((item) => !stored.has(item.clientId));
  if (left.length === waiting.length) return state;
  return withPendingList(state, roomId, left);
}

/**
 * Takes a room as the server describes it. With `me` its counts are the new base; without (what is sent to a
 * whole room) only what everybody sees is taken. `keepRead`: the person's read mark may have moved since the
 * answer was asked for, so it is not moved back.
 */
export function takeRoom(state: ChatState, room: Room, keepRead: boolean): ChatState {
  const held = state.rooms.get(room.id);
  const mark = state.marks.get(room.id);
  const shown: Room = {
    ...room,
    // Without a mark what is held may be of another life of the database, whose places say nothing.
    ...(mark && held && held.lastSeq > room.lastSeq && { lastSeq: held.lastSeq, lastMessageAt: held.lastMessageAt }),
    ...(room.members === undefined && held?.members && { members: held.members }),
    ...(room.me === undefined && held?.me && { me: held.me }),
  };
  const next = withUsers(state, room.members ?? []);
  if (!mark) return withRoom(next, room.id, { room: shown, ...(room.me && { mark: newMark(room) }) });
  if (!room.me) return withRoom(next, room.id, { room: shown });
  const base = baseOf(room);
  const readSeq = keepRead ? Math.max(mark.readSeq, base.readSeq) : base.readSeq;
  const taken = rebase({ ...mark, readSeq }, base);
  // What is not loaded has nothing to miss: the answer holds all that is kept of the room.
  const rev = state.conversations.has(room.id) ? mark.rev : Math.max(mark.rev, room.rev);
  return withRoom(next, room.id, { room: shown, mark: { ...taken, rev } });
}

/** Forgets a room that the person is no longer in, its drafts and unsent messages excepted. */
export function withoutRoom(state: ChatState, roomId: string): ChatState {
  const inView = new Set(state.inView);
  inView.delete(roomId);
  return {
    ...state,
    rooms: withoutEntry(state.rooms, roomId),
    marks: withoutEntry(state.marks, roomId),
    conversations: withoutEntry(state.conversations, roomId),
    members: withoutEntry(state.members, roomId),
    typing: withoutEntry(state.typing, roomId),
    inView: state.inView.has(roomId) ? inView : state.inView,
  };
}

/** The person has read up to `seq` on some device. Never moves down. */
export function withRead(state: ChatState, roomId: string, seq: number, where: "here" | "confirmed"): ChatState {
  const mark = state.marks.get(roomId);
  if (!mark) return state;
  if (where === "here") {
    if (seq <= readSeqOf(mark)) return state;
    return withRoom(state, roomId, { mark: { ...mark, reading: seq } });
  }
  const reading = mark.reading !== null && mark.reading > seq ? mark.reading : null;
  const readSeq = Math.max(mark.readSeq, seq);
  if (reading === mark.reading && readSeq === mark.readSeq) return state;
  return withRoom(state, roomId, { mark: { ...mark, readSeq, reading } });
}

/** A room whose history the server has thrown away (another epoch, a `rev` that went back): nothing of it is kept. */
export function forgetHistory(state: ChatState, roomId: string): ChatState {
  return {
    ...state,
    marks: withoutEntry(state.marks, roomId),
    conversations: withoutEntry(state.conversations, roomId),
  };
}

export function withMember(state: ChatState, roomId: string, user: User | UserBrief, joined: boolean): ChatState {
  const list = state.members.get(roomId);
  const next = withUsers(state, [user]);
  if (!list) return next;
  if (list.status !== "ready")
    return { ...next, members: withEntry(state.members, roomId, { ...list, changed: true }) };
  const others = list.members.filter((member) => member.user.id !== user.id);
  const members = joined
    ? [
        ...others,
        {
          user,
          role: "member" as const,
          joinedAt: new Date().toISOString(),
          online: state.presence.get(user.id)?.state === "online",
        },
      ]
    : others;
  return { ...next, members: withEntry(state.members, roomId, { ...list, members }) };
}

/** Comings and goings may have been missed: who is in a room is asked for again when it is next needed. */
export function withMembersUnsure(state: ChatState): ChatState {
  if (state.members.size === 0) return state;
  const members = new Map(state.members);
  for (const [roomId, list] of members)
    members.set(roomId, list.status === "loading" ? { ...list, changed: true } : { ...list, status: "idle" });
  return { ...state, members };
}
