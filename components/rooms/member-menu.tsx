"use client";

import { Ban, UserMinus } from "lucide-react";
import { useRef, useState } from "react";
import { useActions } from "@/lib/client/use-chat";
import type { Member, Room } from "@/lib/protocol/objects";
import { attempt } from "../chat/attempt";
import { Confirm } from "../ui/confirm";
import { Menu, MenuChoice, MenuItem, MenuSeparator } from "../ui/menu";

const roles = [
  { value: "admin", label: "Admin" },
  { value: "moderator", label: "Moderator" },
  { value: "member", label: "Member" },
] as const;

interface MemberMenuProps {
  member: Member;
  room: Room;
  anchor: HTMLElement;
  onClose: () => void;
}

export default function MemberMenu({ member, room, anchor, onClose }: MemberMenuProps) {
  const { setRole, removeMember } = useActions();
  const [asking, setAsking] = useState<"remove" | "ban" | null>(null);
  const asked = useRef(false);
  const { user } = member;

  if (asking) {
    return (
      <Confirm
        open
        onOpenChange={(shown) => !shown && onClose()}
        title={asking === "ban" ? `Ban ${user.name} from ${room.name}?` : `Remove ${user.name} from ${room.name}?`}
        description={
          asking === "ban"
            ? "They lose access at once and cannot join again."
            : "They lose access at once. They can be added again later."
        }
        action={asking === "ban" ? "Ban" : "Remove"}
        onConfirm={() => attempt(removeMember(room.id, user.id, { ban: asking === "ban" }))}
      />
    );
  }
  // Choosing "Remove" also closes the menu: the question that follows must stay.
  const ask = (question: "remove" | "ban") => {
    asked.current = true;
    setAsking(question);
  };
  return (
    <Menu anchor={anchor} onClose={() => !asked.current && onClose()} label="Member">
      {room.me?.role === "admin" && (
        <>
          <MenuChoice
            label="Role"
            value={member.role}
            options={roles}
            onChange={(role) => void attempt(setRole(room.id, user.id, role))}
          />
          <MenuSeparator />
        </>
      )}
      <MenuItem icon={UserMinus} danger onSelect={() => ask("remove")}>
        Remove from the room
      </MenuItem>
      <MenuItem icon={Ban} danger onSelect={() => ask("ban")}>
        Ban from the room
      </MenuItem>
    </Menu>
  );
}
