"use client";

import { useEffect } from "react";
import { roomTitle, selectBadge } from "@/lib/client/selectors";
import { useChatState } from "@/lib/client/use-chat";
import type { Room } from "@/lib/protocol/objects";

/** The window's title: what calls for attention, then where one is. */
export function useTitle(room: Room | undefined): void {
  const badge = useChatState(selectBadge);
  const meId = useChatState((state) => state.me?.id);
  const place = room ? `${room.kind === "room" ? "#" : ""}${roomTitle(room, meId)} · Parley` : "Parley";
  useEffect(() => {
    document.title = badge ? `(${badge}) ${place}` : place;
  }, [badge, place]);
}
