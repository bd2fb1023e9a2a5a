import type { ReactNode } from "react";
import { ChatRoot } from "@/components/chat/chat-root";
import { list } from "@/lib/domain/rooms";
import { me } from "@/lib/domain/users";
import { viewer } from "../viewer";

/** The chat itself lives here and stays mounted; the pages below only decide who may see it and give it an address. */
export default async function ChatLayout({ children }: { children: ReactNode }) {
  const identity = await viewer();
  // The page knows the address to come back to and sends strangers away.
  if (!identity) return children;
  const [user, rooms] = await Promise.all([me(identity.userId), list(identity.userId)]);
  return (
    <ChatRoot me={user} rooms={rooms}>
      {children}
    </ChatRoot>
  );
}
