"use client";

import { CloudOff } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { roomTitle, selectConversation } from "@/lib/client/selectors";
import { useChat, useChatState } from "@/lib/client/use-chat";
import type { Message, Room } from "@/lib/protocol/objects";
import { attempt } from "../chat/attempt";
import { forgetMessage } from "../chat/route";
import { useLive } from "../chat/still-chat";
import { Button } from "../ui/button";
import { EmptyState } from "../ui/empty-state";
import { Composer, type ComposerHandle } from "./composer";
import type { ComposerTask } from "./composer-task";
import { needsMarkdown } from "./content-kind";
import { ConversationContext, type ConversationTools } from "./conversation-context";
import { EmojiPickerHost } from "./emoji-picker-host";
import { MessageSkeletons } from "./list-parts";
import { loadMarkdown, useMarkdownSettled } from "./load-markdown";
import { MessageList, type MessageListHandle } from "./message-list";
import { TypingLine } from "./typing-line";

interface ConversationProps {
  room: Room;
  /** The message that the address points at. */
  messageId: string | null;
}

/** One room on the screen: its messages, who types, and the composer. */
export default function ConversationView(props: ConversationProps) {
  return useLive() ? <LiveConversation {...props} /> : <StillConversation />;
}

/** The same layout before there is a connection. */
function StillConversation() {
  return (
    <>
      <LoadingMessages />
      <div
        aria-hidden="true"
        className="mx-5 h-[50px] shrink-0 rounded-card border border-control bg-raised shadow-raised max-md:mx-3 max-md:h-[58px]"
      />
      <div className="h-6 shrink-0" />
    </>
  );
}

function LoadingMessages() {
  return (
    <div aria-busy="true" className="flex min-h-0 flex-1 flex-col justify-end overflow-hidden pb-3">
      <span role="status" className="sr-only">
        Loading messages
      </span>
      <MessageSkeletons count={10} />
    </div>
  );
}

function LiveConversation({ room, messageId }: ConversationProps) {
  const roomId = room.id;
  const { store, actions } = useChat();
  const conversation = useChatState(selectConversation(roomId));
  const meId = useChatState((state) => state.me?.id);
  const [task, setTask] = useState<ComposerTask | null>(null);
  const [opening, setOpening] = useState(() => store.getState().conversations.get(roomId)?.status !== "ready");
  const composer = useRef<ComposerHandle>(null);
  const list = useRef<MessageListHandle>(null);
  const keepUnread = useRef(false);
  const opened = useRef(false);
  const laidOut = useMarkdownSettled();

  useEffect(() => {
    void loadMarkdown();
    return () => {
      keepUnread.current = false;
      opened.current = false;
      actions.closeRoom(roomId);
    };
  }, [actions, roomId]);

  useEffect(() => {
    // The message leaves the address once it is shown; that is no reason to open the room anew.
    if (!messageId && opened.current) return;
    opened.current = true;
    void attempt(actions.openRoom(roomId, messageId ? { messageId } : {})).then(() => {
      setOpening(false);
      if (messageId && opened.current) forgetMessage(messageId);
    });
  }, [actions, roomId, messageId]);

  // On a touch screen the keyboard would cover what the reader came for.
  useEffect(() => {
    if (window.matchMedia("(pointer: fine)").matches) composer.current?.focus();
  }, []);

  const begin = useCallback((kind: ComposerTask["kind"], message: Message) => {
    setTask({ kind, message });
    setTimeout(() => composer.current?.focus(), 0);
  }, []);
  const tools = useMemo<ConversationTools>(
    () => ({
      roomId,
      reply: (message) => begin("reply", message),
      edit: (message) => begin("edit", message),
      takeBack: (content) => {
        composer.current?.insert(content);
      },
      focusComposer: () => composer.current?.focus(),
      jumpTo: (id) => void attempt(actions.jumpTo(roomId, id)),
      markUnread: (message) => {
        keepUnread.current = true;
        void attempt(actions.markUnread(roomId, message.seq));
      },
      keepsUnread: () => keepUnread.current,
    }),
    [actions, roomId, begin],
  );

  // Esc: everything here is read, and on to the end.
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("[role=dialog],[role=menu]"))
        return;
      keepUnread.current = false;
      actions.markRead(roomId);
      list.current?.toEnd();
      composer.current?.focus();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [actions, roomId]);

  const lastOwn = useCallback(
    () =>
      store
        .getState()
        .conversations.get(roomId)
        ?.messages.findLast((message) => message.user.id === meId && !message.deletedAt && message.type !== "system"),
    [store, roomId, meId],
  );

  // Laid out once: when everything up to the first unread message is here, and what is needed to draw it.
  const messages = conversation?.messages ?? [];
  const ready =
    !opening &&
    (conversation?.status === "ready" || messages.length > 0) &&
    (laidOut || !messages.some(({ content }) => needsMarkdown(content)));
  const title = room.kind === "room" ? `#${room.name}` : roomTitle(room, meId);

  return (
    <ConversationContext value={tools}>
      <EmojiPickerHost>
        {ready && conversation ? (
          <MessageList ref={list} room={room} conversation={conversation} />
        ) : conversation?.status === "error" ? (
          <div className="grid min-h-0 flex-1 place-items-center">
            <EmptyState
              icon={CloudOff}
              title="The messages could not be loaded"
              actions={
                <Button tone="primary" onClick={() => void attempt(actions.openRoom(roomId))}>
                  Retry
                </Button>
              }
            >
              {conversation.error}
            </EmptyState>
          </div>
        ) : (
          <LoadingMessages />
        )}
        <Composer
          ref={composer}
          roomId={roomId}
          title={title}
          task={task}
          onTaskDone={useCallback(() => setTask(null), [])}
          lastOwn={lastOwn}
          onEdit={tools.edit}
        />
        <TypingLine roomId={roomId} />
      </EmojiPickerHost>
    </ConversationContext>
  );
}
