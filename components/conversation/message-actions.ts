"use client";

import { Copy, Link2, type LucideIcon, MailOpen, Pencil, Reply, Trash2 } from "lucide-react";
import { useChatState } from "@/lib/client/use-chat";
import type { Message } from "@/lib/protocol/objects";
import { roomPath } from "../chat/route";
import { toast } from "../ui/toast";
import { useConversation } from "./conversation-context";

export interface MessageAction {
  name: string;
  icon: LucideIcon;
  shortcut?: string;
  danger?: boolean;
  run: () => void;
}

async function copy(text: string, said: string) {
  try {
    await navigator.clipboard.writeText(text);
    toast(said);
  } catch {
    toast("This browser does not let a page copy here. Select the text and copy it yourself.", "problem");
  }
}

/** What this reader may do with a message, in the order of menus. `askToDelete` shows the question. */
export function useMessageActions(message: Message, askToDelete: () => void): MessageAction[] {
  const { reply, edit, markUnread } = useConversation();
  const own = useChatState((state) => state.me?.id === message.user.id);
  const role = useChatState((state) => state.rooms.get(message.roomId)?.me?.role);
  const mayDelete = own || role === "admin" || role === "moderator";
  const actions: MessageAction[] = [{ name: "Reply", icon: Reply, shortcut: "R", run: () => reply(message) }];
  if (own) actions.push({ name: "Edit", icon: Pencil, shortcut: "E", run: () => edit(message) });
  actions.push(
    { name: "Copy text", icon: Copy, run: () => void copy(message.content, "Text copied.") },
    {
      name: "Copy link",
      icon: Link2,
      run: () => void copy(window.location.origin + roomPath(message.roomId, message.id), "Link copied."),
    },
    { name: "Mark unread", icon: MailOpen, run: () => markUnread(message) },
  );
  if (mayDelete) actions.push({ name: "Delete", icon: Trash2, danger: true, run: askToDelete });
  return actions;
}
