"use client";

import { usePathname, useSearchParams } from "next/navigation";
import { useMemo } from "react";

export const panels = ["members", "details"] as const;
export type Panel = (typeof panels)[number];

export interface Route {
  /** Null on the start page. */
  roomId: string | null;
  /** The message that a link points at. */
  messageId: string | null;
  panel: Panel | null;
}

/** What the address says is on the screen. */
export function useRoute(): Route {
  const path = usePathname();
  const query = useSearchParams();
  return useMemo(() => {
    const panel = query.get("panel");
    return {
      roomId: /^\/chat\/([A-Za-z0-9_-]{1,64})$/.exec(path)?.[1] ?? null,
      messageId: query.get("message"),
      panel: panels.find((name) => name === panel) ?? null,
    };
  }, [path, query]);
}

export function roomPath(roomId: string, messageId?: string): string {
  return messageId ? `/chat/${roomId}?message=${messageId}` : `/chat/${roomId}`;
}

/**
 * Goes to another place of the chat without asking the server: all of them are drawn from the store by the one
 * shell that stays mounted. Next keeps its router in step with the history. An open panel stays open where it has
 * room of its own.
 */
export function go(path: string): void {
  const target = new URL(path, window.location.href);
  const panel = new URLSearchParams(window.location.search).get("panel");
  if (panel && target.pathname !== "/chat" && window.matchMedia("(min-width: 64rem)").matches) {
    target.searchParams.set("panel", panel);
  }
  if (target.href !== window.location.href) window.history.pushState(null, "", target.pathname + target.search);
}

/** Opens a panel beside the conversation, or closes it. */
export function showPanel(panel: Panel | null): void {
  const target = new URL(window.location.href);
  if (panel) target.searchParams.set("panel", panel);
  else target.searchParams.delete("panel");
  window.history.pushState(null, "", target.pathname + target.search);
}

/** Takes the message out of the address once it has been shown, so that the next link to it is a change. */
export function forgetMessage(messageId: string): void {
  const target = new URL(window.location.href);
  if (target.searchParams.get("message") !== messageId) return;
  target.searchParams.delete("message");
  window.history.replaceState(null, "", target.pathname + target.search);
}
