"use client";

import { Ellipsis } from "lucide-react";
import { lazy, useState } from "react";
import { selectPresence } from "@/lib/client/selectors";
import { useChatState } from "@/lib/client/use-chat";
import type { Member, Room, RoomRole } from "@/lib/protocol/objects";
import { usePersonCard } from "../people/person-card-host";
import { Avatar } from "../ui/avatar";
import { IconButton } from "../ui/icon-button";
import { Late } from "../ui/late";

const MemberMenu = lazy(() => import("./member-menu"));

const rank: Record<RoomRole, number> = { member: 0, moderator: 1, admin: 2 };
const roleNames: Record<RoomRole, string> = { member: "", moderator: "Moderator", admin: "Admin" };

export function MemberRow({ member, room }: { member: Member; room: Room }) {
  const { user, role } = member;
  const meId = useChatState((state) => state.me?.id);
  const state = useChatState(selectPresence(user.id)).state;
  const showPerson = usePersonCard();
  const [menu, setMenu] = useState<HTMLElement | null>(null);
  const ownRole = room.me?.role ?? "member";
  // Nobody acts on an equal or higher role.
  const mayAct = room.kind === "room" && user.id !== meId && rank[ownRole] > rank[role];
  return (
    <li className="group/member flex items-center rounded-control pr-1 hover:bg-row-hover focus-within:bg-row-hover">
      <button
        type="button"
        onClick={(event) => showPerson(user.id, event.currentTarget)}
        className="flex h-12 min-w-0 flex-1 items-center gap-3 rounded-control px-3 text-left -outline-offset-2"
      >
        <Avatar user={user} online={state !== "offline" && state !== "invisible"} />
        <span className="min-w-0">
          <span className="block truncate text-sm font-medium">
            {user.name}
            {user.id === meId && <span className="font-normal text-subtle"> (you)</span>}
          </span>
          <span className="block truncate text-xs text-subtle">
            {roleNames[role] ? `${roleNames[role]} · ` : ""}@{user.username}
          </span>
        </span>
      </button>
      {mayAct && (
        <IconButton
          icon={Ellipsis}
          size="small"
          label={`Actions for ${user.name}`}
          aria-haspopup="menu"
          aria-expanded={menu !== null}
          onClick={(event) => setMenu(menu ? null : event.currentTarget)}
          className="opacity-0 group-hover/member:opacity-100 group-focus-within/member:opacity-100 aria-expanded:opacity-100 max-md:opacity-100"
        />
      )}
      {menu && (
        <Late onFailed={() => setMenu(null)}>
          <MemberMenu member={member} room={room} anchor={menu} onClose={() => setMenu(null)} />
        </Late>
      )}
    </li>
  );
}
