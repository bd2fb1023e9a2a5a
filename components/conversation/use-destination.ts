"use client";

import { type RefObject, useCallback, useEffect, useMemo, useRef } from "react";
import type { VirtualizerHandle } from "virtua";
import type { TimelineItem } from "./timeline";

/** Where the list is to be: an item by its key, or the end. */
export interface Destination {
  key: string | "end";
  align: "start" | "center" | "end";
  /** Pixels added to the scroll position. */
  offset: number;
}

/** Without movement for this long the list has come to rest. The list's own corrections end 150 ms after the last. */
const REST_MS = 200;
/** When this is over, wherever the list has come to is where it stays. */
const TRAVEL_MS = 2_000;
/** As much of the destination must be in view, in px, or all of it. */
const SEEN_PX = 40;

interface DestinationOptions {
  /** Null when the list is where it was to be, or the reader moved it. */
  destination: RefObject<Destination | null>;
  list: RefObject<VirtualizerHandle | null>;
  scroller: RefObject<HTMLElement | null>;
  items: RefObject<readonly TimelineItem[]>;
  /** The list is where it was to be, or the reader has taken over. */
  onRest: () => void;
}

export interface Travel {
  go: (destination: Destination) => void;
  /** The items have changed: the way begins anew from here. */
  resume: () => void;
  /** The list has moved. */
  moved: () => void;
}

/**
 * Brings the list to a place in it and sees that it gets there: rows are measured on the way, and pages that were
 * asked for earlier arrive, either of which ends the list's own attempt. A movement by the reader ends it for good.
 */
export function useDestination({ destination, list, scroller, items, onRest }: DestinationOptions): Travel {
  const until = useRef(0);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const rest = useRef(onRest);
  useEffect(() => {
    rest.current = onRest;
  }, [onRest]);

  const travel = useMemo(() => {
    const indexOf = (key: string) =>
      key === "end" ? items.current.length - 1 : items.current.findIndex((item) => item.key === key);

    function isThere({ key }: Destination): boolean {
      const handle = list.current;
      const index = indexOf(key);
      if (!handle || index < 0) return true;
      const top = handle.getItemOffset(index) - handle.scrollOffset;
      const size = handle.getItemSize(index);
      const seen = Math.min(top + size, handle.viewportSize) - Math.max(top, 0);
      return seen >= Math.min(size, SEEN_PX) - 1;
    }

    function steer(): void {
      if (!destination.current) return;
      const { key, align, offset } = destination.current;
      const index = indexOf(key);
      if (index >= 0) list.current?.scrollToIndex(index, { align, offset });
      moved();
    }

    function moved(): void {
      clearTimeout(timer.current);
      const left = Math.max(0, until.current - performance.now());
      if (destination.current) timer.current = setTimeout(arrive, Math.min(REST_MS, left));
    }

    function arrive(): void {
      if (!destination.current) return;
      if (!isThere(destination.current) && performance.now() < until.current) {
        steer();
        return;
      }
      destination.current = null;
      rest.current();
    }

    return {
      go(to: Destination) {
        destination.current = to;
        until.current = performance.now() + TRAVEL_MS;
        steer();
      },
      resume: steer,
      moved,
    };
  }, [destination, list, items]);

  const takeOver = useCallback(() => {
    if (!destination.current) return;
    destination.current = null;
    clearTimeout(timer.current);
    rest.current();
  }, [destination]);
  useEffect(() => {
    const element = scroller.current;
    const inputs = ["wheel", "touchmove", "pointerdown", "keydown"] as const;
    for (const input of inputs) element?.addEventListener(input, takeOver, { passive: true });
    return () => {
      clearTimeout(timer.current);
      for (const input of inputs) element?.removeEventListener(input, takeOver);
    };
  }, [scroller, takeOver]);

  return travel;
}
