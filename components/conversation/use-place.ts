"use client";

import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import type { VirtualizerHandle } from "virtua";
import type { Conversation } from "@/lib/client/state";
import { prepended, type TimelineItem } from "./timeline";

/** Nearer to the end than this counts as being there. */
const END_PX = 32;
/** How long the day stays in view after the last movement. */
const DAY_MS = 1_600;
/** Left free below the last message. */
export const FOOT_PX = 12;
/** Pages are asked for before the reader reaches the edge. */
const AHEAD_PX = 1_200;

interface PlaceOptions {
  conversation: Conversation;
  items: readonly TimelineItem[];
  list: RefObject<VirtualizerHandle | null>;
  onNearTop: () => void;
  onNearEnd: () => void;
  /** The newest `seq` in view while the page is looked at. */
  onSeen: (seq: number) => void;
}

export interface Place {
  /** For the list: its scroll position is kept from the end while this is true. */
  shift: boolean;
  atEnd: boolean;
  /** The day at the top of the view; null while its own separator is there, and when nothing moves. */
  day: Date | null;
  highlightedId: string | null;
  onScroll: () => void;
  onResize: () => void;
  scrollToEnd: () => void;
  scrollToMessage: (messageId: string) => void;
}

/**
 * Where the reader is in a conversation, and the rules by which that holds: open at the first unread message or at
 * the end; stick to the end when there; otherwise what is in view stays where it is.
 */
export function usePlace({ conversation, items, list, onNearTop, onNearEnd, onSeen }: PlaceOptions): Place {
  const [atEnd, setAtEnd] = useState(true);
  const [day, setDay] = useState<Date | null>(null);
  const [highlightedId, setHighlightedId] = useState<string | null>(null);
  const sticky = useRef(true);
  const placed = useRef(false);
  const before = useRef<readonly TimelineItem[]>([]);
  const shift = before.current !== items && prepended(before.current, items) > 0;

  const scrollToEnd = useCallback(() => {
    sticky.current = true;
    list.current?.scrollToIndex(before.current.length - 1, { align: "end", offset: FOOT_PX });
  }, [list]);

  const look = useCallback(() => {
    const handle = list.current;
    if (!handle || !placed.current) return;
    const { scrollOffset, viewportSize, scrollSize } = handle;
    const below = scrollSize - viewportSize - scrollOffset;
    sticky.current = below <= END_PX;
    setAtEnd(below <= END_PX);
    if (scrollOffset < AHEAD_PX) onNearTop();
    if (below < AHEAD_PX) onNearEnd();
    const seen = lastSeqUpTo(before.current, handle.findItemIndex(scrollOffset + viewportSize - 8));
    if (seen !== null) onSeen(seen);
  }, [list, onNearTop, onNearEnd, onSeen]);

  const dayTimer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const onScroll = useCallback(() => {
    look();
    const handle = list.current;
    if (!handle || !placed.current || sticky.current) return setDay(null);
    setDay(dayAtTop(before.current, handle.findItemIndex(handle.scrollOffset + 40)));
    clearTimeout(dayTimer.current);
    dayTimer.current = setTimeout(() => setDay(null), DAY_MS);
  }, [list, look]);
  useEffect(() => () => clearTimeout(dayTimer.current), []);

  const scrollToMessage = useCallback(
    (messageId: string) => {
      const index = before.current.findIndex((item) => item.kind === "message" && item.message.id === messageId);
      if (index < 0) return;
      sticky.current = false;
      list.current?.scrollToIndex(index, { align: "center" });
      setHighlightedId(messageId);
    },
    [list],
  );

  // The first layout decides where the reader starts; each later one keeps the end in view for those who are there.
  useLayoutEffect(() => {
    const known = before.current;
    before.current = items;
    if (!placed.current) {
      placed.current = true;
      const divider = items.findIndex((item) => item.kind === "new");
      if (conversation.target) return;
      if (divider >= 0) {
        sticky.current = false;
        list.current?.scrollToIndex(divider, { align: "start", offset: -72 });
      } else {
        scrollToEnd();
      }
      return;
    }
    const own = items.at(-1);
    const wrote = own?.kind === "pending" && !known.some((item) => item.key === own.key);
    if ((sticky.current && items.length !== known.length && !conversation.newer.more) || wrote) scrollToEnd();
  }, [items, conversation.target, conversation.newer.more, list, scrollToEnd]);

  const { target } = conversation;
  useLayoutEffect(() => {
    if (target) scrollToMessage(target.messageId);
  }, [target, scrollToMessage]);

  useEffect(() => {
    if (!highlightedId) return;
    const timer = setTimeout(() => setHighlightedId(null), 2_400);
    return () => clearTimeout(timer);
  }, [highlightedId]);

  // Whatever changed without a scroll event: new rows below, the window's focus.
  // biome-ignore lint/correctness/useExhaustiveDependencies: new items are what there is to look at
  useEffect(() => {
    const frame = requestAnimationFrame(look);
    window.addEventListener("focus", look);
    return () => {
      cancelAnimationFrame(frame);
      window.removeEventListener("focus", look);
    };
  }, [look, items]);

  const onResize = useCallback(() => {
    if (sticky.current && placed.current) scrollToEnd();
  }, [scrollToEnd]);

  return { shift, atEnd, day, highlightedId, onScroll, onResize, scrollToEnd, scrollToMessage };
}

function dayAtTop(items: readonly TimelineItem[], index: number): Date | null {
  const top = items[index];
  if (!top || top.kind === "day" || top.kind === "beginning") return null;
  for (let above = index; above >= 0; above--) {
    const item = items[above];
    if (item?.kind === "day") return above === index ? null : item.date;
  }
  return null;
}

function lastSeqUpTo(items: readonly TimelineItem[], index: number): number | null {
  for (let above = Math.min(index, items.length - 1); above >= 0; above--) {
    const item = items[above];
    if (item?.kind === "message") return item.message.seq;
  }
  return null;
}
