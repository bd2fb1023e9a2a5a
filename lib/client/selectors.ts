import type { Message, Room, UserBrief } from "../protocol/objects";
import type { ChatState, Conversation, PendingMessage, Presence, Typist } from "./state";

const noPending: readonly PendingMessage[] = [];
const noTypists: readonly Typist[] = [];
const away: Presence = { state: "offline", lastSeenAt: null };

/** Selectors return references that live in the state, so that an unchanged part redraws nothing. */
export const selectRoom = (roomId: string) => (state: ChatState) => state.rooms.get(roomId);
export const selectConversation = (roomId: string) => (state: ChatState) => state.conversations.get(roomId);
export const selectPending = (roomId: string) => (state: ChatState) => state.pending.get(roomId) ?? noPending;
export const selectTypists = (roomId: string) => (state: ChatState) => state.typing.get(roomId) ?? noTypists;
export const selectDraft = (roomId: string) => (state: ChatState) => state.drafts.get(roomId) ?? "";
export const selectHasDraft = (roomId: string) => (state: ChatState) => Boolean(state.drafts.get(roomId));
export const selectHasFailed = (roomId: string) => (state: ChatState) =>
  (state.pending.get(roomId) ?? noPending).some((message) => message.state === "failed" || message.state === "held");
export const selectPresence = (userId: string) => (state: ChatState) => state.presence.get(userId) ?? away;
export const selectUser = (userId: string) => (state: ChatState) => state.users.get(userId);
export const selectMembers = (roomId: string) => (state: ChatState) => state.members.get(roomId);

export function findMessage(conversation: Conversation | undefined, messageId: string): Message | undefined {
  return conversation?.messages.find((message) => message.id === messageId);
}

/** The people of a direct conversation without the caller; of one with oneself, oneself. */
export function otherMembers(room: Room, meId: string | undefined): readonly UserBrief[] {
  const others = (room.members ?? []).filter((member) => member.id !== meId);
  return others.length > 0 ? others : (room.members ?? []);
}

/** What a room is called on the screen. */
export function roomTitle(room: Room, meId: string | undefined): string {
  if (room.kind === "room") return room.name;
  return otherMembers(room, meId)
    .map((member) => member.name)
    .join(", ");
}

export interface RoomSections {
  unread: readonly string[];
  starred: readonly string[];
  rooms: readonly string[];
  direct: readonly string[];
}

/**
 * The sidebar's sections as room ids: each room once, in the first section it belongs to. Rooms by name, direct
 * conversations by their newest message. The same reference comes back until an order changes.
 */
export function createSectionsSelector(): (state: ChatState) => RoomSections {
  let rooms: ChatState["rooms"] | null = null;
  let meId: string | undefined;
  let view: ChatState["inView"] | null = null;
  let last: RoomSections = { unread: [], starred: [], rooms: [], direct: [] };
  return (state) => {
    if (state.rooms === rooms && state.me?.id === meId && state.inView === view) return last;
    rooms = state.rooms;
    meId = state.me?.id;
    view = state.inView;
    const next = sections(state);
    if (!sameSections(last, next)) last = next;
    return last;
  };
}

/** A room in view keeps its place while it is read: rows must not jump under the pointer. */
function sections(state: ChatState): RoomSections {
  const unread: Room[] = [];
  const starred: Room[] = [];
  const named: Room[] = [];
  const direct: Room[] = [];
  for (const room of state.rooms.values()) {
    const me = room.me;
    const calls = me && (me.mentions > 0 || (me.unread > 0 && !me.muted && me.notify !== "none"));
    if (calls && !state.inView.has(room.id)) unread.push(room);
    else if (me?.starred) starred.push(room);
    else if (room.kind === "dm") direct.push(room);
    else named.push(room);
  }
  const byName = (a: Room, b: Room) =>
    roomTitle(a, state.me?.id).localeCompare(roomTitle(b, state.me?.id)) || (a.id < b.id ? -1 : 1);
  const byRecency = (a: Room, b: Room) =>
    a.lastMessageAt === b.lastMessageAt ? (a.id < b.id ? -1 : 1) : a.lastMessageAt < b.lastMessageAt ? 1 : -1;
  const ids = (list: Room[], order: (a: Room, b: Room) => number) => list.sort(order).map((room) => room.id);
  return {
    unread: ids(unread, byName),
    starred: ids(starred, byName),
    rooms: ids(named, byName),
    direct: ids(direct, byRecency),
  };
}

function sameSections(a: RoomSections, b: RoomSections): boolean {
  return (["unread", "starred", "rooms", "direct"] as const).every(
    (key) => a[key].length === b[key].length && a[key].every((id, index) => id === b[key][index]),
  );
}

/** For the title and favicon: rooms that call for attention, and mentions over all rooms. */
export function selectBadge(state: ChatState): string {
  let unread = 0;
  let mentions = 0;
  for (const { me } of state.rooms.values()) {
    if (!me) continue;
    mentions += me.mentions;
    if (me.unread > 0 && !me.muted && me.notify !== "none") unread += 1;
  }
  return mentions > 0 ? String(mentions) : unread > 0 ? "•" : "";
}
