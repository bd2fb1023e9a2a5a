import { hash } from "node:crypto";
import cuid from "@bugsnag/cuid";
import { isConflict, isLockTimeout, isUnavailable, isUniqueViolation, unavailable } from "@/lib/infra/database";
import { failpoint } from "@/lib/infra/failpoints";
import { log } from "@/lib/infra/log";
import { metrics } from "@/lib/infra/metrics";
import { AppError, invalid, notFound } from "@/lib/protocol/errors";
import type { Message, MessageType } from "@/lib/protocol/objects";
import { type Announced, announceNew } from "./announce";
import { groupBy } from "./group-by";
import { enqueue } from "./lanes";
import { mentionedNames } from "./mentions";
import { messageView } from "./message-view";
import { findMessage } from "./messages-by-id";
import { type NewMessage, type StoreResult, storeMessages } from "./store-messages";

/** A message as its sender means it; text is already normalised. */
export interface Draft {
  roomId: string;
  userId: string;
  clientId: string;
  content: string;
  replyToId?: string | undefined;
  type?: MessageType;
}

export interface Sent {
  message: Message;
  /** False when the `clientId` was known: the message is the one stored first. */
  created: boolean;
}

interface Pending {
  draft: NewMessage;
  /** Its sender was told to try again: what has not begun need not begin. */
  late: boolean;
  resolve(sent: Sent): void;
  reject(error: unknown): void;
}

const ATTEMPTS = 3;
/** In ms: who has waited so long is told `unavailable`, within the 3 s of docs/architecture.md. What became of it, the repeat finds out. */
const PATIENCE = 2_800;

/** Tells a repeat of a message from another one under the same `clientId`: of what was first sent, never of an edit. */
export function digestOf({ roomId, content, replyToId }: Pick<Draft, "roomId" | "content" | "replyToId">): string {
  return hash("sha256", JSON.stringify([roomId, content, replyToId ?? null]), "base64url").slice(0, 22);
}

/**
 * Stores a message, announces it to its room and resolves; in this order. Sends that wait for the same lane are
 * stored in one transaction.
 * @throws {AppError} `not_found` for a stranger to the room, `invalid` for a reply to nothing, `conflict` for a
 *   `clientId` used for another message, `unavailable` when the outcome is unknown: try again with the same `clientId`.
 */
export function sendMessage(draft: Draft): Promise<Sent> {
  return new Promise((resolve, reject) => {
    const message: NewMessage = {
      id: cuid(),
      roomId: draft.roomId,
      userId: draft.userId,
      clientId: draft.clientId,
      digest: digestOf(draft),
      type: draft.type ?? "text",
      content: draft.content,
      replyToId: draft.replyToId ?? null,
      mentionNames: mentionedNames(draft.content),
    };
    const item: Pending = {
      draft: message,
      late: false,
      resolve(sent) {
        clearTimeout(timer);
        resolve(sent);
      },
      reject(error) {
        clearTimeout(timer);
        reject(error);
      },
    };
    const timer = setTimeout(() => {
      item.late = true;
      reject(unavailable());
    }, PATIENCE).unref();
    enqueue(draft.roomId, { batch: storeAll, item });
  });
}

/** Stores what waits; a repeat within the same batch comes after its first, which it then finds stored. */
async function storeAll(pending: Pending[], stored: () => void): Promise<void> {
  const first = new Map<string, Pending>();
  const repeats: Pending[] = [];
  for (const entry of pending) {
    const key = `${entry.draft.userId} ${entry.draft.clientId}`;
    if (first.has(key)) repeats.push(entry);
    else first.set(key, entry);
  }
  await storeTogether([...first.values()], repeats.length ? undefined : stored);
  for (const entry of repeats) await storeTogether([entry]);
}

async function storeTogether(waiting: Pending[], stored?: () => void): Promise<void> {
  const pending = waiting.filter(({ late }) => !late);
  if (!pending.length) return;
  let results: StoreResult[];
  try {
    results = await attempt(pending.map((entry) => entry.draft));
  } catch (error) {
    const parts = smallerParts(pending, error);
    // One of them is at fault, or a lock of one room did not come: the others need not suffer for it. One part
    // after the other, because a sender's messages keep their order.
    for (const part of parts) await storeTogether(part);
    if (parts.length === 0) for (const entry of pending) entry.reject(isUnavailable(error) ? unavailable() : error);
    return;
  }
  stored?.();
  await settle(pending, results);
}

async function attempt(messages: NewMessage[]): Promise<StoreResult[]> {
  for (let tries = 1; ; tries += 1) {
    try {
      failpoint("before-commit");
      return await storeMessages(messages);
    } catch (error) {
      // A unique violation: another process stored one of these a moment ago, and this time it is known.
      if (tries === ATTEMPTS || !(isUniqueViolation(error) || isConflict(error))) throw error;
    }
  }
}

/** What to try by itself after a failure; nothing when the server is at fault or there is only one. */
function smallerParts(pending: Pending[], error: unknown): Pending[][] {
  if (isUnavailable(error) && !isLockTimeout(error)) return [];
  const rooms = groupBy(pending, (entry) => entry.draft.roomId);
  if (rooms.size > 1) return [...rooms.values()];
  return pending.length > 1 && !isLockTimeout(error) ? pending.map((entry) => [entry]) : [];
}

async function settle(pending: Pending[], results: StoreResult[]): Promise<void> {
  failpoint("after-commit");
  const stored: { entry: Pending; announced: Announced }[] = [];
  results.forEach((result, index) => {
    const entry = pending[index] as Pending;
    if (result.outcome === "stored") {
      stored.push({
        entry,
        announced: { message: messageView(result.row), kind: result.kind, replyToUserId: result.row.replyUserId },
      });
    } else if (result.outcome === "known") {
      void answerRepeat(entry, result);
    } else {
      entry.reject(
        result.outcome === "stranger" ? notFound("This room") : invalid({ replyToId: "names no message of this room" }),
      );
    }
  });
  metrics().messagesStored.inc(stored.length);
  try {
    await announceNew(stored.map(({ announced }) => announced));
  } catch (error) {
    // Stored is stored: the comparison of heads announces what this could not.
    log().warn({ err: (error as Error).message }, "stored messages could not be announced at once");
  }
  failpoint("after-publish");
  for (const { entry, announced } of stored) entry.resolve({ message: announced.message, created: true });
}

/** Who has left learns that their message was stored, or they would take it for lost, but not what others made of it since. */
function withoutSequel(message: Message): Message {
  return { ...message, replyTo: null, reactions: [] };
}

async function answerRepeat(entry: Pending, known: Extract<StoreResult, { outcome: "known" }>): Promise<void> {
  if (known.roomId !== entry.draft.roomId || known.digest !== entry.draft.digest) {
    entry.reject(
      new AppError("conflict", "This clientId belongs to another message.", {
        clientId: "was used for another message",
      }),
    );
    return;
  }
  try {
    const message = await findMessage(known.messageId);
    if (message) entry.resolve({ message: known.member ? message : withoutSequel(message), created: false });
    else entry.reject(notFound("This message"));
  } catch (error) {
    entry.reject(isUnavailable(error) ? unavailable() : error);
  }
}
