"use client";

import { CloudOff, Plus, Search } from "lucide-react";
import { lazy, useState } from "react";
import { createSectionsSelector } from "@/lib/client/selectors";
import { useActions, useChatState } from "@/lib/client/use-chat";
import { Button } from "../ui/button";
import { EmptyState } from "../ui/empty-state";
import { IconButton } from "../ui/icon-button";
import { Late } from "../ui/late";
import { Mark } from "../ui/logo";
import { Skeleton } from "../ui/skeleton";
import { useDialogs } from "./dialogs";
import { OwnBar } from "./own-bar";
import { RoomLink } from "./room-link";
import { SidebarSection } from "./sidebar-section";
import { useCommandKey } from "./use-command-key";

const AddMenu = lazy(() => import("./add-menu"));

interface SidebarProps {
  roomId: string | null;
  onNavigate: () => void;
}

export function Sidebar({ roomId, onNavigate }: SidebarProps) {
  const [select] = useState(createSectionsSelector);
  const sections = useChatState(select);
  const status = useChatState((state) => state.roomsStatus);
  const problem = useChatState((state) => state.roomsError);
  const { loadRooms } = useActions();
  const openDialog = useDialogs();
  const commandKey = useCommandKey();
  const [adding, setAdding] = useState<HTMLElement | null>(null);
  const common = { roomId, onNavigate };

  return (
    <>
      <div className="flex h-14 shrink-0 items-center gap-1 pr-2.5 pl-4">
        <RoomLink
          href="/chat"
          onClick={onNavigate}
          className="mr-auto flex items-center gap-2 rounded-control text-lg font-semibold tracking-[-0.025em]"
        >
          <Mark className="size-6" />
          Parley
        </RoomLink>
        <IconButton
          icon={Plus}
          label="New"
          aria-haspopup="menu"
          aria-expanded={adding !== null}
          onClick={(event) => setAdding(adding ? null : event.currentTarget)}
        />
        {adding && (
          <Late onFailed={() => setAdding(null)}>
            <AddMenu anchor={adding} onClose={() => setAdding(null)} />
          </Late>
        )}
      </div>
      <div className="px-3 pb-2">
        <button
          type="button"
          onClick={() => openDialog({ kind: "switcher" })}
          className="flex h-9 w-full items-center gap-2 rounded-control border border-border bg-surface px-2.5 text-sm text-subtle transition-colors hover:border-control max-md:h-11"
        >
          <Search aria-hidden="true" className="size-4" />
          <span className="flex-1 text-left">Jump to…</span>
          <kbd className="font-sans text-xs max-md:hidden">{commandKey}K</kbd>
        </button>
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto overscroll-contain px-3 pb-4">
        {status === "error" ? (
          <EmptyState
            icon={CloudOff}
            title="Your rooms could not be loaded"
            actions={<Button onClick={() => void loadRooms().catch(() => undefined)}>Retry</Button>}
          >
            {problem}
          </EmptyState>
        ) : status === "ready" ? (
          <>
            <SidebarSection name="Unread" ids={sections.unread} {...common} />
            <SidebarSection name="Starred" ids={sections.starred} {...common} />
            <SidebarSection
              name="Rooms"
              ids={sections.rooms}
              {...common}
              action={{ label: "Browse rooms", run: () => openDialog({ kind: "browse-rooms" }) }}
            />
            <SidebarSection
              name="Direct messages"
              ids={sections.direct}
              {...common}
              action={{ label: "New message", run: () => openDialog({ kind: "new-direct" }) }}
            />
          </>
        ) : (
          <div aria-busy="true" className="flex flex-col gap-3 px-2 pt-3">
            {["w-2/3", "w-1/2", "w-3/4", "w-3/5", "w-1/2"].map((width, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: all alike
              <Skeleton key={index} className={`h-5 ${width}`} />
            ))}
          </div>
        )}
      </div>
      <OwnBar />
    </>
  );
}
