import { GAP_WAIT_MS } from "../protocol/limits";
import type { Message } from "../protocol/objects";
import { type Change, messagesOf } from "./apply";
import type { Clock } from "./environment";
import { applyToRoom, withoutPending } from "./rooms";
import type { ChatStore } from "./store";

/** Early changes kept for one room; beyond it they are let go, because the gap is fetched with them anyway. */
const MAX_EARLY = 1_000;

/** Collects what is applied to a room while a page of it is under way. */
export interface Watch {
  changes: readonly Change[];
  /** Changes were passed over meanwhile, or the room thrown away: the page may lack what will never be applied. */
  stale: boolean;
  end: () => void;
}

export interface Inbox {
  /** Changes of a room in any order, repeats included. They are applied as soon as they are next. */
  receive: (roomId: string, changes: readonly Change[]) => void;
  /** The room's counter stands at least at `rev`. */
  noteHead: (roomId: string, rev: number) => void;
  headOf: (roomId: string) => number;
  /** Applies everything up to `rev` at once: what `sync` answered, in any order. */
  catchUp: (roomId: string, changes: readonly Change[], rev: number) => void;
  /** Applies what has become next, for instance after the mark was set. */
  drain: (roomId: string) => void;
  /** Keeps everything unapplied until `release`: between connecting and having caught up. */
  hold: () => void;
  release: () => void;
  watch: (roomId: string) => Watch;
  /** Changes of the room are skipped instead of applied: pages under way are not to be trusted. */
  passOver: (roomId: string) => void;
  forget: (roomId: string) => void;
  stop: () => void;
}

interface Feed {
  head: number;
  early: Map<number, Change>;
  gapTimer: unknown;
  watches: Set<{ changes: Change[]; stale: boolean }>;
}

/**
 * The order of a room's changes. They are applied contiguously by `rev`; a gap may close by itself for
 * `GAP_WAIT_MS` (two replicas' events cross all the time), then `onGap` is told. The mark never moves past a gap.
 */
export function createInbox(options: {
  store: ChatStore;
  clock: Clock;
  onGap: (roomId: string) => void;
  onUnknownRoom: (roomId: string) => void;
  onApplied: (roomId: string, messages: readonly Message[]) => void;
}): Inbox {
  const { store, clock } = options;
  const feeds = new Map<string, Feed>();
  let held = true;

  function feedOf(roomId: string): Feed {
    let feed = feeds.get(roomId);
    if (!feed) {
      feed = { head: 0, early: new Map(), gapTimer: null, watches: new Set() };
      feeds.set(roomId, feed);
    }
    return feed;
  }

  function commit(roomId: string, feed: Feed, changes: readonly Change[], rev: number): void {
    for (const watch of feed.watches) watch.changes.push(...changes);
    store.setState((state) => applyToRoom(state, roomId, changes, rev));
    options.onApplied(roomId, messagesOf(changes));
  }

  function drain(roomId: string): void {
    const feed = feedOf(roomId);
    if (held) return;
    const mark = store.getState().marks.get(roomId);
    if (!mark) {
      if (feed.early.size > 0) options.onUnknownRoom(roomId);
      return;
    }
    const next: Change[] = [];
    let rev = mark.rev;
    for (let change = feed.early.get(rev + 1); change; change = feed.early.get(rev + 1)) {
      next.push(change);
      rev += 1;
    }
    if (next.length > 0) commit(roomId, feed, next, rev);
    for (const early of feed.early.keys()) if (early <= rev) feed.early.delete(early);
    watchGap(roomId, feed);
  }

  function watchGap(roomId: string, feed: Feed): void {
    const open = () => feed.head > (store.getState().marks.get(roomId)?.rev ?? Number.POSITIVE_INFINITY);
    if (!open()) {
      if (feed.gapTimer !== null) clock.clearTimeout(feed.gapTimer);
      feed.gapTimer = null;
    } else if (feed.gapTimer === null) {
      feed.gapTimer = clock.setTimeout(() => {
        feed.gapTimer = null;
        if (!held && open()) options.onGap(roomId);
      }, GAP_WAIT_MS);
    }
  }

  function passOver(roomId: string): void {
    for (const watch of feedOf(roomId).watches) watch.stale = true;
  }

  return {
    receive(roomId, changes) {
      const feed = feedOf(roomId);
      const known = store.getState().marks.get(roomId)?.rev ?? -1;
      const repeated = changes.filter((change) => change.rev <= known);
      for (const change of changes) {
        feed.head = Math.max(feed.head, change.rev);
        if (change.rev > known && feed.early.size < MAX_EARLY) feed.early.set(change.rev, change);
      }
      const stored = messagesOf(repeated);
      if (stored.length > 0) store.setState((state) => withoutPending(state, roomId, stored));
      drain(roomId);
    },
    noteHead(roomId, rev) {
      const feed = feedOf(roomId);
      feed.head = Math.max(feed.head, rev);
      if (!held) watchGap(roomId, feed);
    },
    headOf: (roomId) => feeds.get(roomId)?.head ?? 0,
    catchUp(roomId, changes, rev) {
      const feed = feedOf(roomId);
      feed.head = Math.max(feed.head, rev);
      const known = store.getState().marks.get(roomId)?.rev;
      if (changes.length > 0 || rev !== known)
        commit(
          roomId,
          feed,
          [...changes].sort((a, b) => a.rev - b.rev),
          rev,
        );
      drain(roomId);
    },
    drain,
    hold() {
      held = true;
    },
    release() {
      held = false;
      for (const roomId of feeds.keys()) drain(roomId);
    },
    watch(roomId) {
      const feed = feedOf(roomId);
      const watch = { changes: [] as Change[], stale: false };
      feed.watches.add(watch);
      return Object.assign(watch, { end: () => void feed.watches.delete(watch) });
    },
    passOver,
    forget(roomId) {
      const feed = feeds.get(roomId);
      if (!feed) return;
      passOver(roomId);
      if (feed.gapTimer !== null) clock.clearTimeout(feed.gapTimer);
      feeds.delete(roomId);
    },
    stop() {
      held = true;
      for (const feed of feeds.values()) {
        if (feed.gapTimer !== null) clock.clearTimeout(feed.gapTimer);
        feed.gapTimer = null;
      }
    },
  };
}
