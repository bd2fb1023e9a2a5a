"use client";

import { CloudOff, RefreshCw } from "lucide-react";
import { useEffect, useState } from "react";
import { useChatState } from "@/lib/client/use-chat";

/** A connection that is back within this time was never worth a word. */
const PATIENCE_MS = 1_500;

/** Says that the server is away and what waits for it. Lies over the messages: nothing moves when it comes or goes. */
export function ConnectionBar() {
  const { state, waiting } = useChatState((chat) => chat.connection);
  const troubled = state === "reconnecting" || state === "offline" || state === "connecting";
  const [shown, setShown] = useState(false);
  useEffect(() => {
    if (!troubled) return setShown(false);
    const timer = setTimeout(() => setShown(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [troubled]);

  const Icon = state === "offline" ? CloudOff : RefreshCw;
  const words = state === "offline" ? "You’re offline." : state === "connecting" ? "Connecting…" : "Reconnecting…";
  const backlog = waiting > 0 ? ` ${waiting} ${waiting === 1 ? "message" : "messages"} waiting` : "";
  return (
    <div role="status" className="pointer-events-none absolute inset-x-0 top-14 z-20 flex justify-center">
      {troubled && shown && (
        <p className="appear flex items-center gap-2 rounded-b-xl border border-t-0 border-border bg-warning-soft px-3.5 py-1 text-sm font-medium text-warning shadow-raised">
          <Icon aria-hidden="true" className="size-3.5" />
          {words}
          {backlog}
        </p>
      )}
    </div>
  );
}
