"use client";

import { useSyncExternalStore } from "react";

const never = () => () => undefined;

/** "⌘" on Apple's devices, "Ctrl " elsewhere. */
export function useCommandKey(): string {
  return useSyncExternalStore(
    never,
    () => (/Mac|iPhone|iPad/.test(navigator.platform) ? "⌘" : "Ctrl "),
    () => "Ctrl ",
  );
}
