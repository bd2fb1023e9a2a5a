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
