"use client";

import clsx from "clsx";
import dynamic from "next/dynamic";
import { lazy, useCallback, useEffect, useState } from "react";
import { selectRoom } from "@/lib/client/selectors";
import { useChatState } from "@/lib/client/use-chat";
import { Late } from "../ui/late";
import { ConnectionBar } from "./connection-bar";
import { RoomHeader } from "./room-header";
import { showPanel, useRoute } from "./route";
import { Sidebar } from "./sidebar";
import { useGlobalKeys } from "./use-global-keys";
import { useNarrow } from "./use-narrow";
import { useTitle } from "./use-title";

// Rendered by the server as well, which then asks the browser for the chunk that the address needs.
const ConversationView = dynamic(() => import("../conversation/conversation"));
const StartPage = dynamic(() => import("./start-page"));
const UnknownRoom = dynamic(() => import("./unknown-room"));
const RoomPanel = lazy(() => import("../rooms/room-panel"));

/** Sidebar, conversation and panel. Stays mounted when rooms change: going from one to another asks no server. */
export function ChatShell() {
  const route = useRoute();
  const room = useChatState(selectRoom(route.roomId ?? ""));
  const signedOut = useChatState((state) => state.connection.state === "signed-out");
  const narrow = useNarrow();
  const [drawer, setDrawer] = useState(false);
  const closeDrawer = useCallback(() => setDrawer(false), []);
  const openDrawer = useCallback(() => setDrawer(true), []);
  useGlobalKeys(route.roomId);
  useTitle(room);

  // biome-ignore lint/correctness/useExhaustiveDependencies: going somewhere is what closes the drawer
  useEffect(closeDrawer, [route.roomId]);

  useEffect(() => {
    if (!drawer) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      closeDrawer();
    };
    window.addEventListener("keydown", onKey, true);
    return () => window.removeEventListener("keydown", onKey, true);
  }, [drawer, closeDrawer]);

  useEffect(() => {
    if (!signedOut) return;
    const here = window.location.pathname + window.location.search;
    window.location.assign(`/login?next=${encodeURIComponent(here)}`);
  }, [signedOut]);

  // The next visit begins where this one was.
  useEffect(() => {
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is missing from Firefox and from plain http
    if (room) document.cookie = `parley-room=${room.id}; Path=/; Max-Age=31536000; SameSite=Lax`;
  }, [room]);

  const hidden = narrow && !drawer;
  return (
    <div className="relative flex h-dvh overflow-hidden pt-[env(safe-area-inset-top)] pr-[env(safe-area-inset-right)] pl-[env(safe-area-inset-left)]">
      <nav
        aria-label="Rooms and people"
        inert={hidden}
        className={clsx(
          "flex w-[260px] shrink-0 flex-col border-r border-border bg-background [--under:var(--background)]",
          "max-md:fixed max-md:inset-y-0 max-md:left-0 max-md:z-30 max-md:w-[min(86vw,320px)] max-md:pt-[env(safe-area-inset-top)] max-md:shadow-overlay max-md:transition-transform",
          !drawer && "max-md:-translate-x-full max-md:shadow-none",
        )}
      >
        <Sidebar roomId={route.roomId} onNavigate={closeDrawer} />
      </nav>
      {drawer && (
        <button
          type="button"
          aria-label="Close the list of rooms"
          onClick={closeDrawer}
          className="fixed inset-0 z-20 bg-scrim md:hidden"
        />
      )}
      <div inert={narrow && drawer} className="relative flex min-w-0 flex-1 bg-surface">
        <main className="relative flex min-w-0 flex-1 flex-col pb-[env(safe-area-inset-bottom)]">
          {route.roomId === null ? (
            <StartPage onMenu={openDrawer} />
          ) : room?.me ? (
            <>
              <RoomHeader room={room} panel={route.panel} onMenu={openDrawer} />
              <ConnectionBar />
              <ConversationView key={room.id} room={room} messageId={route.messageId} />
            </>
          ) : (
            <UnknownRoom key={route.roomId} roomId={route.roomId} onMenu={openDrawer} />
          )}
        </main>
        {room?.me && route.panel && (
          <aside
            aria-label={route.panel === "members" ? "Members" : "About this conversation"}
            className="flex w-[360px] shrink-0 flex-col border-l border-border bg-surface max-lg:absolute max-lg:inset-y-0 max-lg:right-0 max-lg:z-20 max-lg:shadow-overlay max-md:w-full max-md:border-l-0"
          >
            <Late onFailed={() => showPanel(null)}>
              <RoomPanel key={`${room.id}-${route.panel}`} room={room} panel={route.panel} />
            </Late>
          </aside>
        )}
      </div>
    </div>
  );
}
