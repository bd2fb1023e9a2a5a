"use client";

import { type ReactNode, useEffect, useState } from "react";
import { browserEnvironment } from "@/lib/client/browser";
import { createChat } from "@/lib/client/chat";
import { ChatContext } from "@/lib/client/use-chat";
import type { Me, Room } from "@/lib/protocol/objects";
import { PersonCardHost } from "../people/person-card-host";
import { Toasts } from "../ui/toast";
import { ChatShell } from "./chat-shell";
import { DialogHost } from "./dialogs";
import { Idle } from "./idle";
import { stillChat } from "./still-chat";

interface ChatRootProps {
  me: Me;
  rooms: readonly Room[];
  children: ReactNode;
}

/** The chat of this page: made once, connected while it is mounted, whatever room is on the screen. */
export function ChatRoot({ me, rooms, children }: ChatRootProps) {
  const [chat] = useState(() => {
    const initial = { me, rooms: new Map(rooms.map((room) => [room.id, room])), roomsStatus: "ready" as const };
    return typeof window === "undefined" ? stillChat(initial) : createChat(browserEnvironment(), { initial });
  });
  useEffect(() => {
    chat.start();
    return () => chat.stop();
  }, [chat]);
  return (
    <ChatContext value={chat}>
      <PersonCardHost>
        <DialogHost>
          <ChatShell />
          {children}
        </DialogHost>
      </PersonCardHost>
      <Toasts />
      <Idle />
    </ChatContext>
  );
}
