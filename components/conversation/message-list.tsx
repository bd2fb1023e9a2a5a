"use client";

import { ArrowDown } from "lucide-react";
import type { Ref } from "react";
import { type KeyboardEvent, useCallback, useEffect, useImperativeHandle, useMemo, useRef, useState } from "react";
import { Virtualizer, type VirtualizerHandle } from "virtua";
import { selectPending } from "@/lib/client/selectors";
import type { Conversation } from "@/lib/client/state";
import { useActions, useChatState } from "@/lib/client/use-chat";
import type { Room } from "@/lib/protocol/objects";
import { attempt } from "../chat/attempt";
import { useConversation } from "./conversation-context";
import { Beginning, DaySeparator, EdgeRows, FloatingDay, NewDivider } from "./list-parts";
import { MessageRow, PendingRow } from "./message-row";
import { moveFocus } from "./move-focus";
import { type TimelineItem, timeline } from "./timeline";
import { usePlace } from "./use-place";
import { useRowShortcuts } from "./use-row-shortcuts";

export interface MessageListHandle {
  toEnd: () => void;
}

interface MessageListProps {
  room: Room;
  conversation: Conversation;
  ref: Ref<MessageListHandle>;
}

/** The messages of one room. However long the room, only what is near the view is in the page. */
export function MessageList({ room, conversation, ref }: MessageListProps) {
  const roomId = room.id;
  const me = useChatState((state) => state.me);
  const pending = useChatState(selectPending(roomId));
  const actions = useActions();
  const { keepsUnread } = useConversation();
  const items = useMemo(() => timeline(conversation, pending, me), [conversation, pending, me]);
  const scroller = useRef<HTMLDivElement>(null);
  const list = useRef<VirtualizerHandle>(null);
  const { older, newer } = conversation;

  // What fails is told by the rows at the edge, which also offer another try.
  const loadOlder = useCallback(() => void actions.loadOlder(roomId).catch(() => undefined), [actions, roomId]);
  const loadNewer = useCallback(() => void actions.loadNewer(roomId).catch(() => undefined), [actions, roomId]);
  const onNearTop = useCallback(() => {
    if (older.more && older.status === "idle") loadOlder();
  }, [loadOlder, older.more, older.status]);
  const onNearEnd = useCallback(() => {
    if (newer.more && newer.status === "idle") loadNewer();
  }, [loadNewer, newer.more, newer.status]);
  const onSeen = useCallback(
    (seq: number) => {
      if (document.hasFocus() && !keepsUnread()) actions.markRead(roomId, seq);
    },
    [actions, roomId, keepsUnread],
  );
  const onLook = useCallback((messageId: string) => actions.lookAt(roomId, messageId), [actions, roomId]);
  const place = usePlace({ conversation, items, list, scroller, onNearTop, onNearEnd, onSeen, onLook });

  const { scrollToEnd } = place;
  const toEnd = useCallback(() => {
    if (newer.more) void attempt(actions.jumpToEnd(roomId).then(scrollToEnd));
    else scrollToEnd();
  }, [actions, roomId, newer.more, scrollToEnd]);
  useImperativeHandle(ref, () => ({ toEnd }), [toEnd]);

  const shortcuts = useRowShortcuts(conversation);
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    if (moveFocus(event, list.current)) return;
    shortcuts(event);
  };

  const draw = (item: TimelineItem) => {
    switch (item.kind) {
      case "beginning":
        return <Beginning key={item.key} room={room} meId={me?.id} />;
      case "older":
        return <EdgeRows key={item.key} failed={item.failed} onRetry={loadOlder} />;
      case "newer":
        return <EdgeRows key={item.key} failed={item.failed} onRetry={loadNewer} />;
      case "day":
        return <DaySeparator key={item.key} date={item.date} />;
      case "new":
        return <NewDivider key={item.key} />;
      case "pending":
        return <PendingRow key={item.key} pending={item.pending} shape={item.shape} />;
      case "message":
        return (
          <MessageRow
            key={item.key}
            message={item.message}
            shape={item.shape}
            highlighted={place.highlightedId === item.message.id}
          />
        );
    }
  };

  return (
    <div className="relative min-h-0 flex-1">
      <FloatingDay date={place.day} />
      <div
        ref={scroller}
        role="log"
        aria-label="Messages"
        aria-live="polite"
        aria-relevant="additions"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, which must work from the keyboard
        tabIndex={0}
        onKeyDown={onKeyDown}
        className="flex h-full flex-col overflow-x-hidden overflow-y-auto overscroll-contain -outline-offset-2 [overflow-anchor:none]"
      >
        <div className="flex-1" />
        <Virtualizer
          ref={list}
          scrollRef={scroller}
          data={items}
          shift={place.shift}
          bufferSize={600}
          onScroll={place.onScroll}
          onResize={place.onResize}
        >
          {draw}
        </Virtualizer>
        <div className="h-3 shrink-0" />
      </div>
      <NewBelow conversation={conversation} atEnd={place.atEnd} onPress={toEnd} />
    </div>
  );
}

interface NewBelowProps {
  conversation: Conversation;
  atEnd: boolean;
  onPress: () => void;
}

/** For whoever reads further up: how much has come in below, and the way there. Of one width, so that counting moves nothing. */
function NewBelow({ conversation, atEnd, onPress }: NewBelowProps) {
  const meId = useChatState((state) => state.me?.id);
  const lastSeq = conversation.messages.at(-1)?.seq ?? 0;
  const detached = conversation.newer.more;
  const [seenSeq, setSeenSeq] = useState(lastSeq);
  const here = atEnd && !detached;
  useEffect(() => {
    if (here) setSeenSeq(lastSeq);
  }, [here, lastSeq]);

  if (here) return null;
  const fresh = conversation.messages.filter(
    (message) => message.seq > seenSeq && message.user.id !== meId && !message.deletedAt,
  ).length;
  const label = fresh > 0 && !detached ? `${fresh} new ${fresh === 1 ? "message" : "messages"}` : "Jump to newest";
  return (
    <div className="pointer-events-none absolute inset-x-0 bottom-3 z-10 flex justify-center">
      <button
        type="button"
        onClick={onPress}
        className={
          fresh > 0 && !detached
            ? "tabular pointer-events-auto flex h-9 w-48 items-center justify-between gap-1.5 rounded-full bg-accent px-4 text-sm font-medium text-on-accent shadow-raised hover:bg-accent-hover max-md:h-11"
            : "tabular pointer-events-auto flex h-9 w-48 items-center justify-between gap-1.5 rounded-full border border-border bg-raised px-4 text-sm font-medium text-muted shadow-raised hover:text-text max-md:h-11"
        }
      >
        {label}
        <ArrowDown aria-hidden="true" className="size-4" />
      </button>
    </div>
  );
}
