"use client";

import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import type { VirtualizerHandle } from "virtua";
import type { Conversation } from "@/lib/client/state";
import { prepended, replaced, type TimelineItem } from "./timeline";
import { type Destination, useDestination } from "./use-destination";

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
  scroller: RefObject<HTMLElement | null>;
  onNearTop: () => void;
  onNearEnd: () => void;
  /** The newest `seq` in view while the page is looked at. */
  onSeen: (seq: number) => void;
  /** The message in the middle of the view. */
  onLook: (messageId: string) => void;
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
export function usePlace(options: PlaceOptions): Place {
  const { conversation, items, list, scroller, onNearTop, onNearEnd, onSeen, onLook } = options;
  const [atEnd, setAtEnd] = useState(true);
  const [day, setDay] = useState<Date | null>(null);
  const [highlightedId, setHighlightedId] = useState<string | null>(null);
  const sticky = useRef(true);
  const placed = useRef(false);
  const before = useRef<readonly TimelineItem[]>([]);
  /** The item in the middle of the view, and how far below the top it stood. */
  const anchor = useRef<{ key: string; below: number } | null>(null);
  const destination = useRef<Destination | null>(null);
  const shift = before.current !== items && prepended(before.current, items) > 0;

  const look = useCallback(() => {
    const handle = list.current;
    if (!handle || !placed.current) return;
    const { scrollOffset, viewportSize, scrollSize } = handle;
    const below = scrollSize - viewportSize - scrollOffset;
    setAtEnd(below <= END_PX);
    // What is passed on the way is not where the reader is.
    if (destination.current) return;
    sticky.current = below <= END_PX;
    const middle = handle.findItemIndex(scrollOffset + viewportSize / 2);
    const item = before.current[middle];
    anchor.current = item ? { key: item.key, below: handle.getItemOffset(middle) - scrollOffset } : null;
    if (item?.kind === "message") onLook(item.message.id);
    if (scrollOffset < AHEAD_PX) onNearTop();
    if (below < AHEAD_PX) onNearEnd();
    const seen = lastSeqUpTo(before.current, handle.findItemIndex(scrollOffset + viewportSize - 8));
    if (seen !== null) onSeen(seen);
  }, [list, onNearTop, onNearEnd, onSeen, onLook]);
  const { go, resume, moved } = useDestination({ destination, list, scroller, items: before, onRest: look });

  const scrollToEnd = useCallback(() => {
    sticky.current = true;
    go({ key: "end", align: "end", offset: FOOT_PX });
  }, [go]);

  const dayTimer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const onScroll = useCallback(() => {
    moved();
    look();
    const handle = list.current;
    if (!handle || !placed.current || sticky.current || destination.current) return setDay(null);
    setDay(dayAtTop(before.current, handle.findItemIndex(handle.scrollOffset + 40)));
    clearTimeout(dayTimer.current);
    dayTimer.current = setTimeout(() => setDay(null), DAY_MS);
  }, [list, look, moved]);
  useEffect(() => () => clearTimeout(dayTimer.current), []);

  const scrollToMessage = useCallback(
    (messageId: string) => {
      const item = before.current.find((item) => item.kind === "message" && item.message.id === messageId);
      if (!item) return;
      sticky.current = false;
      go({ key: item.key, align: "center", offset: 0 });
      setHighlightedId(messageId);
    },
    [go],
  );

  const stayAtEnd = useCallback(() => {
    list.current?.scrollToIndex(before.current.length - 1, { align: "end", offset: FOOT_PX });
  }, [list]);

  // The first layout decides where the reader starts; each later one keeps the end in view for those who are there,
  // and for the others what they look at.
  useLayoutEffect(() => {
    const known = before.current;
    before.current = items;
    if (!placed.current) {
      placed.current = true;
      if (conversation.target) return;
      if (!items.some((item) => item.kind === "new")) return scrollToEnd();
      sticky.current = false;
      return go({ key: "new", align: "start", offset: -72 });
    }
    const own = items.at(-1);
    if (own?.kind === "pending" && !known.some((item) => item.key === own.key)) return scrollToEnd();
    if (destination.current) return resume();
    const anew = replaced(known, items);
    if (sticky.current && !conversation.newer.more) {
      if (anew || items.length !== known.length) stayAtEnd();
    } else if (anew && anchor.current) {
      go({ key: anchor.current.key, align: "start", offset: -anchor.current.below });
    }
  }, [items, conversation.target, conversation.newer.more, go, resume, scrollToEnd, stayAtEnd]);

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
    if (destination.current) moved();
    else if (sticky.current && placed.current) stayAtEnd();
  }, [moved, stayAtEnd]);

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
