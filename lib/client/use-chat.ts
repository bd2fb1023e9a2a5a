"use client";
import { createContext, useContext } from "react";
import { useStore } from "zustand";
import type { Actions } from "./actions";
import type { Chat } from "./chat";
import type { ChatState } from "./state";

/** Around everything that talks to the chat: `<ChatContext value={chat}>`. */
export const ChatContext = createContext<Chat | null>(null);

/** The chat of the page. */
export function useChat(): Chat {
  const chat = useContext(ChatContext);
  if (!chat) throw new Error("useChat needs a ChatContext above it.");
  return chat;
}

/** Redraws when what `select` returns is another reference; select parts of the state or use `selectors.ts`, never make new objects in it. */
export function useChatState<T>(select: (state: ChatState) => T): T {
  return useStore(useChat().store, select);
}

export function useActions(): Actions {
  return useChat().actions;
}
