"use client";

import clsx from "clsx";
import { ChevronDown, Plus } from "lucide-react";
import { useId } from "react";
import { IconButton } from "../ui/icon-button";
import { SidebarRow } from "./sidebar-row";
import { useCollapsed } from "./use-collapsed";

interface SidebarSectionProps {
  name: "Unread" | "Starred" | "Rooms" | "Direct messages";
  ids: readonly string[];
  roomId: string | null;
  onNavigate: () => void;
  /** Sections with something to add are shown even when they are empty. */
  action?: { label: string; run: () => void };
}

export function SidebarSection({ name, ids, roomId, onNavigate, action }: SidebarSectionProps) {
  const [collapsed, setCollapsed] = useCollapsed(name);
  const listId = useId();
  if (ids.length === 0 && !action) return null;
  // A collapsed section still shows where one is.
  const shown = collapsed ? ids.filter((id) => id === roomId) : ids;
  return (
    <section className="pt-3">
      <div className="group/section flex h-7 items-center pr-0.5 max-md:h-11">
        <h2 className="min-w-0 flex-1">
          <button
            type="button"
            aria-expanded={!collapsed}
            aria-controls={listId}
            onClick={() => setCollapsed(!collapsed)}
            className="flex h-7 w-full items-center gap-1 rounded-md pl-2 text-left text-sm font-medium text-subtle hover:text-text max-md:h-11"
          >
            {name}
            <ChevronDown
              aria-hidden="true"
              className={clsx(
                "size-3.5 transition-transform group-hover/section:opacity-100 group-focus-within/section:opacity-100",
                collapsed ? "-rotate-90" : "opacity-0",
              )}
            />
          </button>
        </h2>
        {action && <IconButton icon={Plus} size="small" label={action.label} onClick={action.run} />}
      </div>
      <ul id={listId} className="flex flex-col gap-px">
        {shown.map((id) => (
          <SidebarRow key={id} roomId={id} current={id === roomId} onNavigate={onNavigate} />
        ))}
        {ids.length === 0 && (
          <li className="px-2 py-1 text-sm text-subtle">
            {name === "Rooms" ? "No rooms yet" : "No conversations yet"}
          </li>
        )}
      </ul>
    </section>
  );
}
