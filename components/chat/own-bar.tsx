"use client";

import { ChevronsUpDown } from "lucide-react";
import { lazy, useState } from "react";
import { useChatState } from "@/lib/client/use-chat";
import { Avatar } from "../ui/avatar";
import { Late } from "../ui/late";
import { Skeleton } from "../ui/skeleton";
import { stateName } from "./presence-name";

const OwnMenu = lazy(() => import("./own-menu"));

/** Oneself: face, name and state, with the menu that belongs to them. */
export function OwnBar() {
  const me = useChatState((state) => state.me);
  const connected = useChatState((state) => state.connection.state === "online");
  const own = useChatState((state) => (me ? state.presence.get(me.id)?.state : undefined)) ?? "online";
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  if (!me) return <Skeleton className="m-3 h-12" />;
  const visible = connected && own !== "invisible" && own !== "offline";
  return (
    <div className="border-t border-border p-2 pb-[max(0.5rem,env(safe-area-inset-bottom))]">
      <button
        type="button"
        aria-haspopup="menu"
        aria-expanded={anchor !== null}
        onClick={(event) => setAnchor(anchor ? null : event.currentTarget)}
        className="flex h-12 w-full items-center gap-2.5 rounded-[10px] px-2 text-left transition-colors hover:bg-hover aria-expanded:bg-hover"
      >
        <Avatar user={me} online={visible} />
        <span className="min-w-0 flex-1">
          <span className="block truncate text-sm font-semibold">{me.name}</span>
          <span className="block truncate text-xs text-subtle">
            {me.status ? `${me.status.emoji} ${me.status.text}` : connected ? stateName(own) : "Not connected"}
          </span>
        </span>
        <ChevronsUpDown aria-hidden="true" className="size-4 text-subtle" />
        <span className="sr-only">Your menu</span>
      </button>
      {anchor && (
        <Late onFailed={() => setAnchor(null)}>
          <OwnMenu anchor={anchor} onClose={() => setAnchor(null)} />
        </Late>
      )}
    </div>
  );
}
