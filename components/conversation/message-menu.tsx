"use client";

import type { Message } from "@/lib/protocol/objects";
import { Menu, MenuItem, MenuSeparator } from "../ui/menu";
import { useMessageActions } from "./message-actions";

interface MessageMenuProps {
  message: Message;
  anchor: HTMLElement;
  onClose: () => void;
  onDelete: () => void;
}

export default function MessageMenu({ message, anchor, onClose, onDelete }: MessageMenuProps) {
  const actions = useMessageActions(message, onDelete);
  return (
    <Menu anchor={anchor} onClose={onClose} label="Message">
      {actions.map(({ name, icon, shortcut, danger, run }) => (
        <div key={name} role="none">
          {danger && <MenuSeparator />}
          <MenuItem icon={icon} {...(shortcut && { shortcut })} {...(danger && { danger })} onSelect={run}>
            {name}
          </MenuItem>
        </div>
      ))}
    </Menu>
  );
}
