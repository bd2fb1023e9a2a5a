"use client";

import { CircleAlert, Clock3 } from "lucide-react";
import type { PendingMessage } from "@/lib/client/state";
import { useActions } from "@/lib/client/use-chat";
import { attempt } from "../chat/attempt";
import { useConversation } from "./conversation-context";

/** Why a message is not sent, and what to do with it. */
export function PendingNote({ pending }: { pending: PendingMessage }) {
  const { retry, discard } = useActions();
  const { takeBack } = useConversation();
  const held = pending.state === "held";
  const Icon = held ? Clock3 : CircleAlert;
  const action = "rounded px-1 font-medium text-accent-text underline underline-offset-3 max-md:min-h-11";
  return (
    <div className="mt-0.5 flex flex-wrap items-center gap-x-2 text-sm text-danger">
      <Icon aria-hidden="true" className="size-4" />
      <span>{held ? "Written more than a day ago and not sent." : (pending.error ?? "Not sent.")}</span>
      <button type="button" className={action} onClick={() => attempt(retry(pending.clientId))}>
        {held ? "Send now" : "Retry"}
      </button>
      <button
        type="button"
        className={action}
        onClick={async () => {
          await attempt(discard(pending.clientId));
          takeBack(pending.content);
        }}
      >
        Edit
      </button>
      <button type="button" className={action} onClick={() => attempt(discard(pending.clientId))}>
        Discard
      </button>
    </div>
  );
}
