"use client";

import clsx from "clsx";
import { SmilePlus } from "lucide-react";
import { useChat, useChatState } from "@/lib/client/use-chat";
import type { Message } from "@/lib/protocol/objects";
import { attempt } from "../chat/attempt";
import { useEmojiPicker } from "./emoji-picker-host";

const NAMED = 10;

export function Reactions({ message }: { message: Message }) {
  const meId = useChatState((state) => state.me?.id);
  const { store, actions } = useChat();
  const pickEmoji = useEmojiPicker();
  const react = (emoji: string) => attempt(actions.react(message.roomId, message.id, emoji));

  const whoOf = (userIds: readonly string[]) => {
    const { users } = store.getState();
    const names = userIds.slice(0, NAMED).map((id) => (id === meId ? "You" : (users.get(id)?.name ?? "Somebody")));
    const rest = userIds.length - names.length;
    return new Intl.ListFormat("en").format(rest > 0 ? [...names, `${rest} more`] : names);
  };

  return (
    <ul aria-label="Reactions" className="mt-1 flex flex-wrap gap-1 pb-0.5">
      {message.reactions.map(({ emoji, userIds }) => {
        const own = meId !== undefined && userIds.includes(meId);
        return (
          <li key={emoji}>
            <button
              type="button"
              aria-pressed={own}
              aria-label={`${emoji} ${userIds.length}`}
              data-tip={`${whoOf(userIds)} reacted with ${emoji}`}
              onClick={() => react(emoji)}
              className={clsx(
                "tabular inline-flex h-[26px] items-center gap-1.5 rounded-full border px-2 text-xs font-medium transition-colors max-md:h-9 max-md:px-3",
                own
                  ? "border-accent bg-accent-soft text-accent-text"
                  : "border-border bg-raised text-muted hover:border-control hover:text-text",
              )}
            >
              <span className="text-sm leading-none">{emoji}</span>
              {userIds.length}
            </button>
          </li>
        );
      })}
      <li>
        <button
          type="button"
          aria-label="Add reaction"
          data-tip="Add reaction"
          onClick={(event) => pickEmoji(event.currentTarget, react)}
          className="grid h-[26px] w-9 place-items-center rounded-full border border-border bg-raised text-muted opacity-0 transition-colors group-hover/row:opacity-100 group-focus-within/row:opacity-100 hover:border-control hover:text-text max-md:h-9 max-md:w-11 max-md:opacity-100"
        >
          <SmilePlus aria-hidden="true" className="size-3.5" />
        </button>
      </li>
    </ul>
  );
}
