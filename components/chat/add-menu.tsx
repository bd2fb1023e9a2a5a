"use client";

import { Compass, Hash, MessageCircle } from "lucide-react";
import { Menu, MenuItem } from "../ui/menu";
import { useDialogs } from "./dialogs";

export default function AddMenu({ anchor, onClose }: { anchor: HTMLElement; onClose: () => void }) {
  const openDialog = useDialogs();
  return (
    <Menu anchor={anchor} onClose={onClose} label="New" align="start">
      <MenuItem icon={MessageCircle} onSelect={() => openDialog({ kind: "new-direct" })}>
        Message someone
      </MenuItem>
      <MenuItem icon={Hash} onSelect={() => openDialog({ kind: "create-room" })}>
        Create a room
      </MenuItem>
      <MenuItem icon={Compass} onSelect={() => openDialog({ kind: "browse-rooms" })}>
        Browse rooms
      </MenuItem>
    </Menu>
  );
}
