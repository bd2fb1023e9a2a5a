import type { Me, Member, PresenceState, User, UserBrief } from "../protocol/objects";
import type { ChatState, Presence, Typist } from "./state";

/** Remembers people as they were described last; the state stays the same when nothing is new. */
export function withUsers(state: ChatState, users: readonly (User | UserBrief)[]): ChatState {
  let next: Map<string, User> | null = null;
  for (const user of users) {
    const held = (next ?? state.users).get(user.id);
    if (held && !differs(held, user)) continue;
    next ??= new Map(state.users);
    next.set(user.id, { ...held, ...user });
  }
  return next ? { ...state, users: next } : state;
}

/** A brief description says nothing about status and last sight, so only what it names is compared. */
function differs(held: User, user: User | UserBrief): boolean {
  if (held.name !== user.name || held.username !== user.username || held.avatar !== user.avatar) return true;
  if ("status" in user && JSON.stringify(user.status) !== JSON.stringify(held.status)) return true;
  return "lastSeenAt" in user && user.lastSeenAt !== held.lastSeenAt;
}

export function withMe(state: ChatState, me: Me): ChatState {
  return withUsers({ ...state, me }, [me]);
}

export function withPresence(state: ChatState, userId: string, presence: Presence): ChatState {
  const held = state.presence.get(userId);
  if (held?.state === presence.state && held.lastSeenAt === presence.lastSeenAt) return state;
  return { ...state, presence: new Map(state.presence).set(userId, presence) };
}

/** The greeting names everybody who is online; who is not named has left unseen. States seen before are kept. */
export function withOnline(state: ChatState, userIds: readonly string[]): ChatState {
  const presence = new Map<string, Presence>();
  for (const [id, held] of state.presence) presence.set(id, { state: "offline", lastSeenAt: held.lastSeenAt });
  for (const id of userIds) {
    const held = state.presence.get(id);
    const seen: PresenceState = held && held.state !== "offline" ? held.state : "online";
    presence.set(id, { state: seen, lastSeenAt: held?.lastSeenAt ?? null });
  }
  return { ...state, presence };
}

/** A members page says who is online, which is more than is known of people never heard of. */
export function withMembersSeen(state: ChatState, members: readonly Member[]): ChatState {
  let next = withUsers(
    state,
    members.map((member) => member.user),
  );
  for (const { user, online } of members) {
    const known = next.presence.get(user.id);
    if (online && (!known || known.state === "offline"))
      next = withPresence(next, user.id, { state: "online", lastSeenAt: user.lastSeenAt ?? null });
    else if (!online && !known)
      next = withPresence(next, user.id, { state: "offline", lastSeenAt: user.lastSeenAt ?? null });
  }
  return next;
}

export function withTypist(state: ChatState, roomId: string, typist: Typist): ChatState {
  if (typist.user.id === state.me?.id) return state;
  const held = state.typing.get(roomId) ?? [];
  if (held.some((other) => other.user.id === typist.user.id && other.threadId === typist.threadId)) return state;
  return { ...state, typing: new Map(state.typing).set(roomId, [...held, typist]) };
}

/** With no `threadId` given, the person has stopped everywhere in the room. */
export function withoutTypist(state: ChatState, roomId: string, userId: string, threadId?: string | null): ChatState {
  const held = state.typing.get(roomId);
  const left = held?.filter(
    (typist) => typist.user.id !== userId || (threadId !== undefined && typist.threadId !== threadId),
  );
  if (!held || !left || left.length === held.length) return state;
  const typing = new Map(state.typing);
  if (left.length > 0) typing.set(roomId, left);
  else typing.delete(roomId);
  return { ...state, typing };
}
