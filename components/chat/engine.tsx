"use client";

import { useEffect } from "react";
import { browserEnvironment } from "@/lib/client/browser";
import { type Chat, createChat } from "@/lib/client/chat";
import type { ChatState } from "@/lib/client/state";

interface EngineProps {
  initial: Partial<ChatState>;
  onLive: (chat: Chat) => void;
}

/** Socket, sync and outbox: connected while it is mounted. A chunk of its own, so that the page is drawn before it runs. */
export default function Engine({ initial, onLive }: EngineProps) {
  useEffect(() => {
    const chat = createChat(browserEnvironment(), { initial });
    chat.start();
    onLive(chat);
    return () => chat.stop();
  }, [initial, onLive]);
  return null;
}
