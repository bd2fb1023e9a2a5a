"use client";

import { createContext, useContext } from "react";
import type { Message } from "@/lib/protocol/objects";

/** What rows, composer and list of one conversation ask of each other. All functions are stable. */
export interface ConversationTools {
  roomId: string;
  reply: (message: Message) => void;
  edit: (message: Message) => void;
  /** Takes the content of a message that failed back into the composer. */
  takeBack: (content: string) => void;
  focusComposer: () => void;
  jumpTo: (messageId: string) => void;
  /** From this message on everything is unread, and stays so until the room is left or read to the end on purpose. */
  markUnread: (message: Message) => void;
  /** Whether the reader has asked to keep messages unread. */
  keepsUnread: () => boolean;
}

export const ConversationContext = createContext<ConversationTools | null>(null);

export function useConversation(): ConversationTools {
  const tools = useContext(ConversationContext);
  if (!tools) throw new Error("useConversation needs a ConversationContext above it.");
  return tools;
}
