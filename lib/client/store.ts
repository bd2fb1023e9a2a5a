import { createStore, type StoreApi } from "zustand/vanilla";
import type { ChatState } from "./state";

export type ChatStore = StoreApi<ChatState>;

export const emptyState: ChatState = {
  me: null,
  connection: { state: "connecting", waiting: 0 },
  rooms: new Map(),
  roomsStatus: "idle",
  roomsError: null,
  conversations: new Map(),
  inView: new Set(),
  pending: new Map(),
  members: new Map(),
  users: new Map(),
  presence: new Map(),
  typing: new Map(),
  drafts: new Map(),
  notice: null,
  marks: new Map(),
  epoch: null,
};

/** An empty store, optionally with parts that are known already (a test, a page that was rendered with data). */
export function createChatStore(initial: Partial<ChatState> = {}): ChatStore {
  return createStore<ChatState>(() => ({ ...emptyState, ...initial }));
}
