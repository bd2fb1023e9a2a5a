"use client";

import dynamic from "next/dynamic";
import { type ReactNode, useState } from "react";
import type { Chat } from "@/lib/client/chat";
import type { ChatState } from "@/lib/client/state";
import { ChatContext } from "@/lib/client/use-chat";
import type { Me, Room } from "@/lib/protocol/objects";
import { PersonCardHost } from "../people/person-card-host";
import { Toasts } from "../ui/toast";
import { ChatShell } from "./chat-shell";
import { DialogHost } from "./dialogs";
import { Idle } from "./idle";
import { LiveContext, stillChat } from "./still-chat";

/** Its chunk is asked for by the page itself, beside the first ones, but runs after them. */
const Engine = dynamic(() => import("./engine"));

interface ChatRootProps {
  me: Me;
  rooms: readonly Room[];
  children: ReactNode;
}

/** The chat of this page, whatever room is on the screen: drawn from what the server sent along, then connected. */
export function ChatRoot({ me, rooms, children }: ChatRootProps) {
  const [initial] = useState<Partial<ChatState>>(() => ({
    me,
    rooms: new Map(rooms.map((room) => [room.id, room])),
    roomsStatus: "ready",
  }));
  const [still] = useState(() => stillChat(initial));
  const [live, setLive] = useState<Chat | null>(null);
  return (
    <ChatContext value={live ?? still}>
      <LiveContext value={live !== null}>
        <PersonCardHost>
          <DialogHost>
            <ChatShell />
            {children}
          </DialogHost>
        </PersonCardHost>
        <Toasts />
        <Idle />
        <Engine initial={initial} onLive={setLive} />
      </LiveContext>
    </ChatContext>
  );
}
