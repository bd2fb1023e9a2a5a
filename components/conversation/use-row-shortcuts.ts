"use client";

import type { KeyboardEvent } from "react";
import { findMessage } from "@/lib/client/selectors";
import type { Conversation } from "@/lib/client/state";
import { useActions, useChatState } from "@/lib/client/use-chat";
import { attempt } from "../chat/attempt";
import { useConversation } from "./conversation-context";
import { useEmojiPicker } from "./emoji-picker-host";

/** R replies to the focused message, E edits it, + reacts. */
export function useRowShortcuts(conversation: Conversation) {
  const { reply, edit } = useConversation();
  const { react } = useActions();
  const meId = useChatState((state) => state.me?.id);
  const pickEmoji = useEmojiPicker();

  return (event: KeyboardEvent<HTMLElement>) => {
    const row = document.activeElement;
    if (event.ctrlKey || event.metaKey || event.altKey || !(row instanceof HTMLElement)) return;
    const message = row.dataset.messageId ? findMessage(conversation, row.dataset.messageId) : undefined;
    if (!message || message.deletedAt || message.type === "system") return;
    const key = event.key.toLowerCase();
    if (key === "r") reply(message);
    else if (key === "e" && message.user.id === meId) edit(message);
    else if (key === "+") pickEmoji(row, (emoji) => attempt(react(message.roomId, message.id, emoji)));
    else return;
    event.preventDefault();
  };
}
