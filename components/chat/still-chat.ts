import type { Chat } from "@/lib/client/chat";
import type { ChatState } from "@/lib/client/state";
import { createChatStore } from "@/lib/client/store";

/** For rendering on the server: a state to draw, and nothing behind the buttons, which nobody can press there. */
export function stillChat(initial: Partial<ChatState>): Chat {
  const unused = () => {
    throw new Error("A page that is being rendered on the server asked for something to be done.");
  };
  const nothing = new Proxy({}, { get: () => unused });
  return {
    store: createChatStore(initial),
    actions: nothing as Chat["actions"],
    api: unused as Chat["api"],
    logout: unused,
    start: unused,
    stop: unused,
  };
}
