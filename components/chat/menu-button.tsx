"use client";

import { Menu } from "lucide-react";
import { selectBadge } from "@/lib/client/selectors";
import { useChatState } from "@/lib/client/use-chat";
import { IconButton } from "../ui/icon-button";

/** On narrow screens: the way to the sidebar, with a dot when something waits there. */
export function MenuButton({ onMenu }: { onMenu: () => void }) {
  const badge = useChatState(selectBadge);
  return (
    <span className="relative md:hidden">
      <IconButton
        icon={Menu}
        label={badge ? "Rooms and people, something is new" : "Rooms and people"}
        onClick={onMenu}
      />
      {badge && (
        <span
          aria-hidden="true"
          className="absolute top-2.5 right-2 size-2.5 rounded-full bg-accent ring-2 ring-surface"
        />
      )}
    </span>
  );
}
