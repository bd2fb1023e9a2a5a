import { createContext, useContext } from "react";
import type { Chat } from "@/lib/client/chat";
import type { ChatState } from "@/lib/client/state";
import { createChatStore } from "@/lib/client/store";

/**
 * What is drawn before there is a connection, on the server and in a browser whose other half is still loading: a
 * state to look at, and nothing behind the buttons yet.
 */
export function stillChat(initial: Partial<ChatState>): Chat {
  const nothing = () => new Promise<never>(() => undefined);
  return {
    store: createChatStore(initial),
    actions: new Proxy({}, { get: () => nothing }) as Chat["actions"],
    api: nothing,
    logout: nothing,
    start: () => undefined,
    stop: () => undefined,
  };
}

export const LiveContext = createContext(false);

/** Whether the chat is more than a picture: what is typed and pressed from now on counts. */
export const useLive = (): boolean => useContext(LiveContext);
