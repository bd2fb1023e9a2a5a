"use client";

import { Hash, Lock } from "lucide-react";
import { otherMembers, selectPresence } from "@/lib/client/selectors";
import { useChatState } from "@/lib/client/use-chat";
import type { Room } from "@/lib/protocol/objects";
import { Avatar } from "../ui/avatar";

/** The sign that stands before a room's name: open or private, or the face of who it is with. */
export function RoomSign({ room, presence = true }: { room: Room; presence?: boolean }) {
  const meId = useChatState((state) => state.me?.id);
  const others = room.kind === "dm" ? otherMembers(room, meId) : [];
  const only = others.length === 1 ? others[0] : undefined;
  const state = useChatState(selectPresence(only?.id ?? "")).state;
  if (only) {
    return (
      <Avatar user={only} size="tiny" {...(presence && { online: state !== "offline" && state !== "invisible" })} />
    );
  }
  if (room.kind === "dm") {
    return (
      <span
        aria-hidden="true"
        className="grid size-5 shrink-0 place-items-center rounded-md bg-selected text-2xs font-semibold text-muted"
      >
        {others.length}
      </span>
    );
  }
  const Icon = room.isPrivate ? Lock : Hash;
  return <Icon aria-hidden="true" className="mx-px size-[17px] shrink-0 text-subtle" strokeWidth={2} />;
}
