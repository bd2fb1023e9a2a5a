"use client";

import { Bell, BellOff, CheckCheck, Info, Link2, LogOut, Star, UserPlus, Users } from "lucide-react";
import { useActions } from "@/lib/client/use-chat";
import type { Room } from "@/lib/protocol/objects";
import { attempt } from "../chat/attempt";
import { useDialogs } from "../chat/dialogs";
import { go, roomPath, showPanel } from "../chat/route";
import { Menu, MenuChoice, MenuItem, MenuSeparator } from "../ui/menu";
import { toast } from "../ui/toast";

const levels = [
  { value: "all", label: "Every message" },
  { value: "mentions", label: "Mentions only" },
  { value: "none", label: "Nothing" },
] as const;

interface RoomMenuProps {
  room: Room;
  anchor: HTMLElement;
  onClose: () => void;
}

export default function RoomMenu({ room, anchor, onClose }: RoomMenuProps) {
  const actions = useActions();
  const openDialog = useDialogs();
  const { me } = room;
  if (!me) return null;
  const group = room.kind === "room";
  const set = (change: Parameters<typeof actions.setMembership>[1]) =>
    void attempt(actions.setMembership(room.id, change));
  const copyLink = async () => {
    try {
      await navigator.clipboard.writeText(window.location.origin + roomPath(room.id));
      toast("Link copied.");
    } catch {
      toast("This browser does not let a page copy here. Copy the address from its bar.", "problem");
    }
  };
  const leave = async () => {
    const left = await attempt(actions.leaveRoom(room.id).then(() => true));
    if (left) go("/chat");
  };
  const mayAdd = group && (!room.isPrivate || me.role !== "member");

  return (
    <Menu anchor={anchor} onClose={onClose} label="Room menu">
      <MenuItem icon={Users} onSelect={() => showPanel("members")}>
        Members
      </MenuItem>
      <MenuItem icon={Info} onSelect={() => showPanel("details")}>
        About this conversation
      </MenuItem>
      {mayAdd && (
        <MenuItem icon={UserPlus} onSelect={() => openDialog({ kind: "add-people", roomId: room.id })}>
          Add people
        </MenuItem>
      )}
      <MenuSeparator />
      <MenuItem icon={CheckCheck} shortcut="Esc" onSelect={() => actions.markRead(room.id)}>
        Mark as read
      </MenuItem>
      <MenuItem icon={Star} onSelect={() => set({ starred: !me.starred })}>
        {me.starred ? "Remove star" : "Star"}
      </MenuItem>
      <MenuItem icon={me.muted ? Bell : BellOff} onSelect={() => set({ muted: !me.muted })}>
        {me.muted ? "Unmute" : "Mute"}
      </MenuItem>
      <MenuItem icon={Link2} onSelect={() => void copyLink()}>
        Copy link
      </MenuItem>
      <MenuSeparator />
      <MenuChoice label="Notify me of" value={me.notify} options={levels} onChange={(notify) => set({ notify })} />
      {group && (
        <>
          <MenuSeparator />
          <MenuItem icon={LogOut} danger onSelect={() => void leave()}>
            Leave room
          </MenuItem>
        </>
      )}
    </Menu>
  );
}
