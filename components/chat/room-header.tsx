"use client";

import { Ellipsis, Info, Star } from "lucide-react";
import { lazy, useEffect, useState } from "react";
import { otherMembers, roomTitle, selectMembers, selectPresence, selectUser } from "@/lib/client/selectors";
import { useActions, useChatState } from "@/lib/client/use-chat";
import type { Room, UserBrief } from "@/lib/protocol/objects";
import { Avatar } from "../ui/avatar";
import { agoOf } from "../ui/clock";
import { IconButton } from "../ui/icon-button";
import { Late } from "../ui/late";
import { attempt } from "./attempt";
import { MenuButton } from "./menu-button";
import { stateName } from "./presence-name";
import { RoomSign } from "./room-title";
import { type Panel, showPanel } from "./route";

const RoomMenu = lazy(() => import("../rooms/room-menu"));

interface RoomHeaderProps {
  room: Room;
  panel: Panel | null;
  onMenu: () => void;
}

export function RoomHeader({ room, panel, onMenu }: RoomHeaderProps) {
  const meId = useChatState((state) => state.me?.id);
  const { setMembership } = useActions();
  const [menu, setMenu] = useState<HTMLElement | null>(null);
  const starred = room.me?.starred ?? false;
  const others = room.kind === "dm" ? otherMembers(room, meId) : [];
  const only = others.length === 1 ? others[0] : undefined;
  const toggle = (name: Panel) => showPanel(panel === name ? null : name);

  return (
    <header className="flex h-14 shrink-0 items-center gap-1 border-b border-border pr-3 pl-5 max-md:pr-1 max-md:pl-1">
      <MenuButton onMenu={onMenu} />
      <div className="flex min-w-0 flex-1 items-center gap-2">
        <RoomSign room={room} presence={false} />
        <h1 className="min-w-0 shrink truncate font-semibold tracking-[-0.01em]">{roomTitle(room, meId)}</h1>
        <span className="max-md:hidden">
          <IconButton
            icon={Star}
            size="small"
            label={starred ? "Remove star" : "Star"}
            aria-pressed={starred}
            onClick={() => attempt(setMembership(room.id, { starred: !starred }))}
            className={starred ? "bg-transparent! text-accent-text! [&_svg]:fill-current" : undefined}
          />
        </span>
        {only ? (
          <PersonState userId={only.id} />
        ) : (
          room.description && (
            <p className="min-w-0 flex-1 truncate border-l border-border pl-3 text-sm text-subtle max-md:hidden">
              {room.description}
            </p>
          )
        )}
      </div>
      <button
        type="button"
        aria-label={`${room.memberCount} ${room.memberCount === 1 ? "member" : "members"}`}
        aria-expanded={panel === "members"}
        data-tip="Members"
        data-tip-side="bottom"
        onClick={() => toggle("members")}
        className="tabular flex h-9 shrink-0 items-center gap-2 rounded-control px-2 text-sm font-medium text-muted transition-colors hover:bg-hover hover:text-text aria-expanded:bg-selected aria-expanded:text-text max-md:h-11"
      >
        <Faces room={room} />
        {room.memberCount}
      </button>
      <span className="max-md:hidden">
        <IconButton
          icon={Info}
          label="About this conversation"
          aria-expanded={panel === "details"}
          onClick={() => toggle("details")}
        />
      </span>
      <IconButton
        icon={Ellipsis}
        label="Room menu"
        aria-haspopup="menu"
        aria-expanded={menu !== null}
        onClick={(event) => setMenu(menu ? null : event.currentTarget)}
      />
      {menu && (
        <Late onFailed={() => setMenu(null)}>
          <RoomMenu room={room} anchor={menu} onClose={() => setMenu(null)} />
        </Late>
      )}
    </header>
  );
}

function PersonState({ userId }: { userId: string }) {
  const { state, lastSeenAt } = useChatState(selectPresence(userId));
  const user = useChatState(selectUser(userId));
  const seen = lastSeenAt ?? user?.lastSeenAt;
  const words = state === "offline" && seen ? `Last seen ${agoOf(new Date(seen), new Date())}` : stateName(state);
  return (
    <p className="min-w-0 truncate text-sm text-subtle max-md:hidden" suppressHydrationWarning>
      {user?.status ? `${user.status.emoji} ${user.status.text}` : words}
    </p>
  );
}

const nobody: readonly UserBrief[] = [];

function Faces({ room }: { room: Room }) {
  const members = useChatState(selectMembers(room.id));
  const { loadMembers } = useActions();
  const known = room.members !== undefined || members !== undefined;
  useEffect(() => {
    if (known) return;
    // Faces are an ornament: they come after the messages.
    const timer = setTimeout(() => void loadMembers(room.id).catch(() => undefined), 400);
    return () => clearTimeout(timer);
  }, [known, loadMembers, room.id]);
  const faces: readonly UserBrief[] = room.members ?? members?.members.map(({ user }) => user) ?? nobody;
  return (
    <span aria-hidden="true" className="flex gap-1 max-sm:hidden">
      {faces.slice(0, 3).map((user) => (
        <Avatar key={user.id} user={user} size="small" />
      ))}
    </span>
  );
}
