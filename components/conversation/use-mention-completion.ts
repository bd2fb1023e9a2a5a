"use client";

import { type KeyboardEvent, useCallback, useEffect, useMemo, useState } from "react";
import { selectMembers } from "@/lib/client/selectors";
import { useChat, useChatState } from "@/lib/client/use-chat";
import type { UserBrief } from "@/lib/protocol/objects";
import { complete, type MentionQuery, mentionAt, rankPeople } from "./completion";

/** Typed letters are answered from what is known here; beyond that the server is asked after a pause. */
const ASK_AFTER_MS = 150;

interface Draft {
  text: string;
  caret: number;
}

/** The people to choose from while `@…` is being typed, and the keys that choose. */
export function useMentionCompletion(roomId: string, onComplete: (draft: Draft) => void) {
  const { store, actions, api } = useChat();
  const members = useChatState(selectMembers(roomId));
  const direct = useChatState((state) => state.rooms.get(roomId)?.members);
  const [draft, setDraft] = useState<Draft | null>(null);
  const [query, setQuery] = useState<MentionQuery | null>(null);
  const [found, setFound] = useState<readonly UserBrief[]>([]);
  const [chosen, setChosen] = useState(0);

  const look = useCallback((text: string, caret: number) => {
    setDraft({ text, caret });
    setQuery(mentionAt(text, caret));
    setChosen(0);
  }, []);
  const dismiss = useCallback(() => setQuery(null), []);

  const asking = query !== null;
  const unsure = (members?.status ?? "idle") === "idle";
  useEffect(() => {
    if (asking && unsure) void actions.loadMembers(roomId).catch(() => undefined);
  }, [asking, unsure, actions, roomId]);

  const text = query?.text ?? "";
  const allKnown = members?.status === "ready" && members.next === null;
  useEffect(() => {
    if (!asking || allKnown || text === "") return;
    let late = false;
    const timer = setTimeout(async () => {
      const { users } = await api("GET /api/users", { query: { q: text, limit: 8 } }).catch(() => ({ users: [] }));
      if (!late) setFound(users);
    }, ASK_AFTER_MS);
    return () => {
      late = true;
      clearTimeout(timer);
    };
  }, [asking, text, allKnown, api]);

  const people = useMemo(() => {
    if (!query) return [];
    const known = new Map<string, UserBrief>();
    for (const user of direct ?? []) known.set(user.id, user);
    for (const { user } of members?.members ?? []) known.set(user.id, user);
    for (const user of found) if (!known.has(user.id)) known.set(user.id, user);
    const meId = store.getState().me?.id;
    if (meId) known.delete(meId);
    return rankPeople(known.values(), query.text);
  }, [query, members, direct, found, store]);

  const choose = (person: UserBrief) => {
    if (query && draft) onComplete(complete(draft.text, draft.caret, query, person.username));
    setQuery(null);
  };

  /** True when the key was taken. */
  const onKey = (event: KeyboardEvent): boolean => {
    const person = people[chosen];
    if (!query || !person || event.nativeEvent.isComposing) return false;
    if (event.key === "ArrowDown") setChosen((chosen + 1) % people.length);
    else if (event.key === "ArrowUp") setChosen((chosen + people.length - 1) % people.length);
    else if (event.key === "Enter" || event.key === "Tab") choose(person);
    else if (event.key === "Escape") setQuery(null);
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  };

  return { people, chosen, look, dismiss, choose, onKey };
}
