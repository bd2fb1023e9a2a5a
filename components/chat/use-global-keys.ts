"use client";

import { useEffect } from "react";
import { createSectionsSelector } from "@/lib/client/selectors";
import { useChat } from "@/lib/client/use-chat";
import { useDialogs } from "./dialogs";
import { go, roomPath } from "./route";

/** The keys that work wherever the focus is. */
export function useGlobalKeys(roomId: string | null): void {
  const { store } = useChat();
  const openDialog = useDialogs();

  useEffect(() => {
    const select = createSectionsSelector();

    /** The next room in the order of the sidebar; with `unreadOnly` the next that has something new. */
    const neighbour = (step: 1 | -1, unreadOnly: boolean): string | undefined => {
      const state = store.getState();
      const { unread, starred, rooms, direct } = select(state);
      const order = [...unread, ...starred, ...rooms, ...direct];
      const count = order.length;
      const from = roomId ? order.indexOf(roomId) : -1;
      for (let far = 1; far <= count; far++) {
        const candidate = order[(from + step * far + count * 2) % count];
        if (candidate === undefined || candidate === roomId) continue;
        if (!unreadOnly || (state.rooms.get(candidate)?.me?.unread ?? 0) > 0) return candidate;
      }
      return undefined;
    };

    const onKey = (event: KeyboardEvent) => {
      const command = event.ctrlKey || event.metaKey;
      if (command && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k") {
        openDialog({ kind: "switcher" });
      } else if (command && event.key === "/") {
        openDialog({ kind: "shortcuts" });
      } else if (event.altKey && !command && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
        const target = neighbour(event.key === "ArrowUp" ? -1 : 1, event.shiftKey);
        if (target) go(roomPath(target));
      } else return;
      event.preventDefault();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [store, openDialog, roomId]);
}
