"use client";

import { type PointerEvent, useRef } from "react";

const HOLD_MS = 450;
/** A finger that moves further than this scrolls. */
const SLOP_PX = 10;

/** Touch only: a mouse has hover. The props belong on the element that is held. */
export function useLongPress(onHold: () => void) {
  const held = useRef<{ timer: ReturnType<typeof setTimeout>; x: number; y: number } | null>(null);
  const cancel = () => {
    if (held.current) clearTimeout(held.current.timer);
    held.current = null;
  };
  return {
    onPointerDown: (event: PointerEvent) => {
      cancel();
      if (event.pointerType !== "touch") return;
      const timer = setTimeout(() => {
        held.current = null;
        window.getSelection()?.removeAllRanges();
        onHold();
      }, HOLD_MS);
      held.current = { timer, x: event.clientX, y: event.clientY };
    },
    onPointerMove: (event: PointerEvent) => {
      if (held.current && Math.hypot(event.clientX - held.current.x, event.clientY - held.current.y) > SLOP_PX)
        cancel();
    },
    onPointerUp: cancel,
    onPointerCancel: cancel,
  };
}
