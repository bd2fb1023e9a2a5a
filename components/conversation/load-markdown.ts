import { useSyncExternalStore } from "react";

type Markdown = typeof import("./markdown").default;

let loaded: Markdown | null = null;
let settled = false;
let loading: Promise<void> | null = null;
const listeners = new Set<() => void>();

/**
 * Begins to fetch the parser, once. It is a chunk of its own because most messages need none; the chat asks for it
 * as soon as it starts, beside the first page of messages.
 */
export function loadMarkdown(): Promise<void> {
  loading ??= import("./markdown")
    .then((module) => {
      loaded = module.default;
    })
    // Without it messages are shown as they were typed; the next page load tries again.
    .catch(() => undefined)
    .finally(() => {
      settled = true;
      for (const listener of listeners) listener();
    });
  return loading;
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

/** The parser's component; null while it is on its way, or could not be had. */
export function useMarkdown(): Markdown | null {
  return useSyncExternalStore(
    subscribe,
    () => loaded,
    () => null,
  );
}

/** Whether it is known if there is a parser: a list that waits for this is laid out once. */
export function useMarkdownSettled(): boolean {
  return useSyncExternalStore(
    subscribe,
    () => settled,
    () => false,
  );
}
