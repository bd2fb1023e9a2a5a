"use client";

import { useCallback, useSyncExternalStore } from "react";

const listeners = new Set<() => void>();
const keyOf = (name: string) => `parley-collapsed-${name}`;

function subscribe(listener: () => void) {
  listeners.add(listener);
  window.addEventListener("storage", listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("storage", listener);
  };
}

/** Whether a section is collapsed, remembered on this device. */
export function useCollapsed(name: string): [boolean, (collapsed: boolean) => void] {
  const collapsed = useSyncExternalStore(
    subscribe,
    () => localStorage.getItem(keyOf(name)) === "1",
    () => false,
  );
  const set = useCallback(
    (next: boolean) => {
      if (next) localStorage.setItem(keyOf(name), "1");
      else localStorage.removeItem(keyOf(name));
      for (const listener of listeners) listener();
    },
    [name],
  );
  return [collapsed, set];
}
