import { type IDBPDatabase, openDB } from "idb";
import type { ReplyTo } from "../protocol/objects";

/** A message as the outbox keeps it: written before the first try, removed when the server has it. */
export interface OutboxItem {
  /** The order of pressing Enter; given by the storage. */
  position?: number;
  clientId: string;
  userId: string;
  roomId: string;
  content: string;
  replyTo: ReplyTo | null;
  fileIds?: readonly string[];
  createdAt: number;
  /** Set when the server refused it for good. */
  error: string | null;
  /** The person has agreed to send it although it is old. */
  released?: boolean;
}

export interface OutboxStorage {
  /** The person's items in the order they were added. */
  list: (userId: string) => Promise<OutboxItem[]>;
  add: (item: OutboxItem) => Promise<void>;
  /** Replaces the item of the same `clientId`; does nothing when it is gone. */
  update: (item: OutboxItem) => Promise<void>;
  remove: (clientId: string) => Promise<void>;
  clear: () => Promise<void>;
}

const STORE = "messages";

/** Keeps the outbox in IndexedDB, where it survives reloads and is shared by tabs. */
export function indexedOutbox(name = "parley-outbox"): OutboxStorage {
  let opened: Promise<IDBPDatabase> | null = null;
  const database = () => {
    opened ??= openDB(name, 1, {
      upgrade(fresh) {
        // The key grows by itself, so it tells the order of adding even when the clock does not.
        const store = fresh.createObjectStore(STORE, { keyPath: "position", autoIncrement: true });
        store.createIndex("clientId", "clientId", { unique: true });
      },
    });
    return opened;
  };
  return {
    async list(userId) {
      const all: OutboxItem[] = await (await database()).getAll(STORE);
      return all.filter((item) => item.userId === userId);
    },
    async add(item) {
      await (await database()).add(STORE, item);
    },
    async update(item) {
      const change = (await database()).transaction(STORE, "readwrite");
      const position = await change.store.index("clientId").getKey(item.clientId);
      if (position !== undefined) await change.store.put({ ...item, position });
      await change.done;
    },
    async remove(clientId) {
      const change = (await database()).transaction(STORE, "readwrite");
      const position = await change.store.index("clientId").getKey(clientId);
      if (position !== undefined) await change.store.delete(position);
      await change.done;
    },
    async clear() {
      await (await database()).clear(STORE);
    },
  };
}

/** Keeps the outbox in memory, for where nothing can be stored: unsent messages then end with the page. */
export function memoryOutbox(): OutboxStorage {
  const items = new Map<string, OutboxItem>();
  return {
    list: async (userId) => [...items.values()].filter((item) => item.userId === userId),
    async add(item) {
      items.set(item.clientId, item);
    },
    async update(item) {
      if (items.has(item.clientId)) items.set(item.clientId, item);
    },
    async remove(clientId) {
      items.delete(clientId);
    },
    async clear() {
      items.clear();
    },
  };
}
