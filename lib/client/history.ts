import { MAX_PAGE } from "../protocol/limits";
import type { MessagePage } from "../protocol/routes";
import type { Api } from "./api";
import { ApiError, toApiError } from "./api-error";
import { applyPage, emptyConversation, type Page, trim } from "./apply";
import type { Clock } from "./environment";
import type { Inbox } from "./inbox";
import { withEntry, withoutEntry, withRoom } from "./rooms";
import { findMessage } from "./selectors";
import type { ChatState, Conversation } from "./state";
import type { ChatStore } from "./store";
import { readSeqOf } from "./unread";

/** Pages loaded at most to reach the first unread message when a room is opened. */
const MAX_CATCH_UP_PAGES = 3;
/** Times one page is read at most, when the room was thrown away or skipped ahead while it was under way. */
const MAX_READINGS = 3;
/** Tries of opening a room while the connection is there, and the wait before the second, doubled each time, in ms. */
const MAX_TRIES = 3;
const RETRY_MS = 1_000;

export interface History {
  open: (roomId: string, messageId?: string) => Promise<void>;
  close: (roomId: string) => void;
  older: (roomId: string) => Promise<void>;
  newer: (roomId: string) => Promise<void>;
  jump: (roomId: string, messageId: string) => Promise<void>;
  /** Back to the room's end; no place is pointed at any more. */
  end: (roomId: string) => Promise<void>;
  /** What the reader looks at, so that a room that must be loaded anew is loaded around it. */
  lookAt: (roomId: string, messageId: string) => void;
  /** Loads a room anew that is (still) on the screen, where its reader is. */
  reload: (roomId: string) => void;
  /** The connection is there: rooms on the screen that could not be loaded are loaded now. */
  wake: () => void;
}

export interface HistoryLimits {
  /** Messages kept of a room that is not on the screen. */
  messages: number;
  /** Rooms whose messages are kept. */
  rooms: number;
}

export function createHistory(options: {
  store: ChatStore;
  clock: Clock;
  api: Api;
  inbox: Inbox;
  limits: HistoryLimits;
  /** Resolves when the caller's rooms are known; rejects with `ApiError`. */
  roomsKnown: () => Promise<void>;
}): History {
  const { store, clock, api, inbox, limits } = options;
  const underWay = new Map<string, Promise<void>>();
  /** Least recently left first. */
  const left = new Set<string>();
  const lookedAt = new Map<string, string>();
  let target = 0;

  const get = (roomId: string) => store.getState().conversations.get(roomId);

  function update(roomId: string, change: (conversation: Conversation) => Conversation): void {
    store.setState((state) => {
      const held = state.conversations.get(roomId);
      return held ? withRoom(state, roomId, { conversation: change(held) }) : state;
    });
  }

  /** One load of a kind and room at a time: whoever asks meanwhile waits for the same. */
  function once(key: string, work: () => Promise<void>): Promise<void> {
    const running = underWay.get(key) ?? work().finally(() => underWay.delete(key));
    underWay.set(key, running);
    return running;
  }

  async function fetchPage(
    roomId: string,
    query: { cursor?: string; around?: string; limit?: number },
    kind: "replace" | "older" | "newer",
  ): Promise<void> {
    // A page from the middle tells nothing about how far it reaches: without a mark that was there before, everything
    // since would count as missed, and be asked for.
    if (query.around && !store.getState().marks.has(roomId)) await options.roomsKnown();
    for (let readings = 1; ; readings += 1) {
      const hadMark = store.getState().marks.has(roomId);
      const watch = inbox.watch(roomId);
      try {
        const answer = await api("GET /api/messages", { query: { roomId, ...query } });
        if (!hadMark) await options.roomsKnown();
        if (watch.stale && readings < MAX_READINGS) continue;
        if (watch.stale) throw new ApiError("unavailable", "The room changes faster than it can be read. Try again.");
        if (!store.getState().marks.has(roomId)) throw new ApiError("unavailable", "The room is not known yet.");
        const page: Page = isPage(answer) ? answer : { messages: answer.messages, older: null, newer: null };
        store.setState((state) => take(state, roomId, page, kind, watch.changes, hadMark));
        break;
      } finally {
        watch.end();
      }
    }
    inbox.drain(roomId);
  }

  function take(
    state: ChatState,
    roomId: string,
    page: Page,
    kind: "replace" | "older" | "newer",
    since: Parameters<typeof applyPage>[3],
    hadMark: boolean,
  ): ChatState {
    const held = state.conversations.get(roomId);
    const mark = state.marks.get(roomId);
    if (!held || !mark) return state;
    // Asked for before the room was known, the page may be older than the mark: it is only known to reach its own newest change.
    const reached = page.messages.reduce((rev, message) => Math.max(rev, message.rev), 0);
    const rev = hadMark ? mark.rev : Math.min(mark.rev, reached);
    const applied = applyPage(held, page, kind, since);
    const read = readSeqOf(mark);
    const divided =
      kind === "replace" && held.status !== "ready" && state.inView.has(roomId) && held.dividerSeq === null
        ? { ...applied, dividerSeq: dividerOf(state, roomId, read) }
        : applied;
    return withRoom(state, roomId, { conversation: divided, mark: { ...mark, rev } });
  }

  function begin(roomId: string): void {
    store.setState((state) => {
      const held = state.conversations.get(roomId) ?? emptyConversation(roomId);
      return { conversations: withEntry(state.conversations, roomId, { ...held, status: "loading", error: null }) };
    });
  }

  /** By `first`, which is tried again; where that cannot be (its message is gone), at the newest page. */
  async function load(roomId: string, first?: () => Promise<void>): Promise<void> {
    begin(roomId);
    let way = first ?? (() => loadNewest(roomId));
    for (let tries = 1; ; tries += 1) {
      try {
        return await way();
      } catch (thrown) {
        const error = toApiError(thrown);
        const { inView, connection } = store.getState();
        if (error.definite && way === first) {
          way = () => loadNewest(roomId);
          continue;
        }
        const worthIt = !error.definite && inView.has(roomId) && connection.state === "online";
        if (!worthIt || tries === MAX_TRIES)
          return update(roomId, (held) => ({ ...held, status: "error", error: error.message }));
        await new Promise<void>((resolve) => void clock.setTimeout(resolve, RETRY_MS * 2 ** (tries - 1)));
      }
    }
  }

  async function loadNewest(roomId: string): Promise<void> {
    const unread = store.getState().rooms.get(roomId)?.me?.unread ?? 0;
    await fetchPage(roomId, { limit: unread > 30 ? MAX_PAGE : 50 }, "replace");
    for (let pages = 1; pages < MAX_CATCH_UP_PAGES; pages += 1) {
      const held = get(roomId);
      const mark = store.getState().marks.get(roomId);
      if (!held?.older.more || !mark || (held.messages[0]?.seq ?? 0) <= readSeqOf(mark) + 1) return;
      await fetchOuter(roomId, "older");
    }
  }

  async function fetchOuter(roomId: string, side: "older" | "newer"): Promise<void> {
    const held = get(roomId);
    const edge = held?.[side];
    if (held?.status !== "ready" || !edge?.more) return;
    update(roomId, (now) => ({ ...now, [side]: { ...now[side], status: "loading" } }));
    const outermost = side === "older" ? held.messages[0] : held.messages.at(-1);
    const query = edge.cursor !== null ? { cursor: edge.cursor } : { around: outermost?.id ?? "", limit: MAX_PAGE };
    try {
      await fetchPage(roomId, query, side);
    } catch (error) {
      update(roomId, (now) => ({ ...now, [side]: { ...now[side], status: "error" } }));
      throw error;
    }
  }

  function showTarget(roomId: string, messageId: string): void {
    target += 1;
    update(roomId, (held) => ({ ...held, target: { messageId, at: target } }));
  }

  function loadAround(roomId: string, messageId: string): Promise<void> {
    return once(`around ${roomId}`, () => fetchPage(roomId, { around: messageId, limit: MAX_PAGE }, "replace"));
  }

  async function jump(roomId: string, messageId: string): Promise<void> {
    if (!findMessage(get(roomId), messageId)) await loadAround(roomId, messageId);
    if (!findMessage(get(roomId), messageId)) throw new ApiError("not_found", "That message is no longer there.");
    showTarget(roomId, messageId);
  }

  function reload(roomId: string): void {
    if (!store.getState().inView.has(roomId)) return;
    const held = get(roomId);
    const place = held?.newer.more ? (lookedAt.get(roomId) ?? held.target?.messageId) : undefined;
    begin(roomId);
    void once(`open ${roomId}`, () => load(roomId, place === undefined ? undefined : () => loadAround(roomId, place)));
  }

  function bound(): void {
    for (const roomId of left) {
      if (store.getState().conversations.size <= limits.rooms) return;
      left.delete(roomId);
      store.setState((state) => ({ conversations: withoutEntry(state.conversations, roomId) }));
    }
  }

  return {
    async open(roomId, messageId) {
      left.delete(roomId);
      const entering = !store.getState().inView.has(roomId);
      store.setState((state) => ({ inView: new Set(state.inView).add(roomId) }));
      if (get(roomId)?.status === "ready") {
        if (entering) update(roomId, (now) => ({ ...now, dividerSeq: dividerNow(store.getState(), roomId) }));
      } else {
        // A load that was begun before the room was closed and opened again needs a place to arrive at.
        begin(roomId);
        await once(`open ${roomId}`, () => load(roomId, messageId ? () => jump(roomId, messageId) : undefined));
      }
      bound();
      const shown = get(roomId);
      if (messageId && shown?.status === "ready" && shown.target?.messageId !== messageId)
        await jump(roomId, messageId);
    },
    close(roomId) {
      const held = get(roomId);
      lookedAt.delete(roomId);
      store.setState((state) => {
        const inView = new Set(state.inView);
        inView.delete(roomId);
        return { inView };
      });
      if (!held) return;
      // A stretch that is not at the end would open in the past next time.
      if (held.status === "ready" && !held.newer.more) {
        update(roomId, (now) => ({ ...trim(now, limits.messages), dividerSeq: null, target: null }));
        left.add(roomId);
      } else store.setState((state) => ({ conversations: withoutEntry(state.conversations, roomId) }));
      bound();
    },
    older: (roomId) => once(`older ${roomId}`, () => fetchOuter(roomId, "older")),
    newer: (roomId) => once(`newer ${roomId}`, () => fetchOuter(roomId, "newer")),
    jump,
    async end(roomId) {
      if (get(roomId)?.newer.more) await once(`end ${roomId}`, () => fetchPage(roomId, { limit: 50 }, "replace"));
      update(roomId, (held) => ({ ...held, target: null }));
    },
    lookAt(roomId, messageId) {
      lookedAt.set(roomId, messageId);
    },
    reload,
    wake() {
      const { inView, conversations } = store.getState();
      for (const roomId of inView) if (conversations.get(roomId)?.status === "error") reload(roomId);
    },
  };
}

function isPage(answer: MessagePage | { rev: number }): answer is MessagePage {
  return "older" in answer;
}

function dividerNow(state: ChatState, roomId: string): number | null {
  const mark = state.marks.get(roomId);
  return mark ? dividerOf(state, roomId, readSeqOf(mark)) : null;
}

function dividerOf(state: ChatState, roomId: string, read: number): number | null {
  return (state.rooms.get(roomId)?.me?.unread ?? 0) > 0 ? read : null;
}
