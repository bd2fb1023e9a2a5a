import type { Clock, Keep } from "./environment";
import { withEntry, withoutEntry } from "./rooms";
import type { ChatStore } from "./store";

/** A draft is written this long after the last keystroke, in ms. */
const WRITE_MS = 300;

export interface Drafts {
  /** Loads the person's drafts and follows what other tabs write. */
  start: (userId: string) => void;
  set: (roomId: string, text: string) => void;
  clear: () => void;
  stop: () => void;
}

export function createDrafts(store: ChatStore, clock: Clock, keep: Keep): Drafts {
  const unwritten = new Map<string, string>();
  let prefix: string | null = null;
  let timer: unknown = null;
  let unwatch: (() => void) | null = null;

  function show(roomId: string, text: string): void {
    store.setState(({ drafts }) => ({
      drafts: text === "" ? withoutEntry(drafts, roomId) : withEntry(drafts, roomId, text),
    }));
  }

  function write(): void {
    clock.clearTimeout(timer);
    timer = null;
    if (prefix !== null) for (const [roomId, text] of unwritten) keep.set(prefix + roomId, text === "" ? null : text);
    unwritten.clear();
  }

  const stop = () => {
    write();
    unwatch?.();
    unwatch = null;
    prefix = null;
  };

  return {
    start(userId) {
      const mine = `parley-draft:${userId}:`;
      if (prefix === mine) return;
      stop();
      prefix = mine;
      for (const key of keep.keys()) if (key.startsWith(mine)) show(key.slice(mine.length), keep.get(key) ?? "");
      unwatch = keep.watch((key, text) => {
        const roomId = key.startsWith(mine) ? key.slice(mine.length) : null;
        // What is being typed here is newer than what another tab wrote.
        if (roomId !== null && !unwritten.has(roomId)) show(roomId, text ?? "");
      });
    },
    set(roomId, text) {
      show(roomId, text);
      unwritten.set(roomId, text);
      timer ??= clock.setTimeout(write, WRITE_MS);
    },
    clear() {
      unwritten.clear();
      for (const key of keep.keys()) if (key.startsWith("parley-draft:")) keep.set(key, null);
      store.setState({ drafts: new Map() });
    },
    stop,
  };
}
