"use client";

import clsx from "clsx";
import { BellOff, CircleAlert, Pencil } from "lucide-react";
import { memo } from "react";
import { roomTitle, selectHasDraft, selectHasFailed, selectRoom, selectTypists } from "@/lib/client/selectors";
import { useChatState } from "@/lib/client/use-chat";
import { MAX_COUNT } from "@/lib/protocol/limits";
import { Badge } from "../ui/badge";
import { RoomLink } from "./room-link";
import { RoomSign } from "./room-title";
import { roomPath } from "./route";

interface SidebarRowProps {
  roomId: string;
  current: boolean;
  onNavigate: () => void;
}

export const SidebarRow = memo(function SidebarRow({ roomId, current, onNavigate }: SidebarRowProps) {
  const room = useChatState(selectRoom(roomId));
  const meId = useChatState((state) => state.me?.id);
  const draft = useChatState(selectHasDraft(roomId));
  const failed = useChatState(selectHasFailed(roomId));
  const typing = useChatState((state) => selectTypists(roomId)(state).length > 0);
  if (!room) return null;
  const unread = (room.me?.unread ?? 0) > 0;
  const muted = room.me?.muted === true;
  const bold = unread && !muted && !current;
  const mentions = room.me?.mentions ?? 0;
  const count = room.kind === "dm" && !muted ? (room.me?.unread ?? 0) : mentions;
  return (
    <li>
      <RoomLink
        href={roomPath(roomId)}
        aria-current={current ? "page" : undefined}
        onClick={onNavigate}
        className={clsx(
          "flex h-8 items-center gap-2 rounded-control px-2 -outline-offset-2 transition-colors max-md:h-11",
          current ? "bg-selected text-text" : "hover:bg-hover",
          !current && (bold ? "font-semibold text-text" : "text-muted"),
        )}
      >
        <span className={clsx("contents", muted && "[&>*]:opacity-60")}>
          <RoomSign room={room} />
        </span>
        <span className={clsx("min-w-0 flex-1 truncate", muted && !current && "text-subtle")}>
          {roomTitle(room, meId)}
          {bold && <span className="sr-only">, unread</span>}
        </span>
        {typing && room.kind === "dm" ? (
          <span className="text-xs font-normal text-accent-text">typing…</span>
        ) : (
          <>
            {failed && (
              <CircleAlert role="img" aria-label="Has a message that was not sent" className="size-4 text-danger" />
            )}
            {draft && !current && <Pencil role="img" aria-label="Has a draft" className="size-3.5 text-subtle" />}
            {muted && <BellOff role="img" aria-label="Muted" className="size-3.5 text-subtle" />}
          </>
        )}
        {count > 0 && !current && (
          <Badge tone="accent" label={room.kind === "dm" ? `${count} unread` : `${count} mentions`}>
            {count >= MAX_COUNT ? "99+" : count}
          </Badge>
        )}
      </RoomLink>
    </li>
  );
});
