import { MAX_CONTENT, MAX_FILES } from "../protocol/limits";
import type { Message, Reactions, ReplyTo } from "../protocol/objects";
import type { Actions } from "./actions";
import { ApiError } from "./api-error";
import type { Clock } from "./environment";
import type { Inbox } from "./inbox";
import type { Outbox } from "./outbox";
import type { OutboxItem } from "./outbox-storage";
import { withRoom } from "./rooms";
import { findMessage } from "./selectors";
import type { Emit } from "./socket";
import type { ChatStore } from "./store";

type MessageActions = Pick<Actions, "send" | "retry" | "discard" | "edit" | "remove" | "react">;

const EXCERPT = 140;

/** What one message shows that the server has not confirmed. */
interface Guesses {
  /** What the server said last. */
  base: Message;
  shown: Message;
  changes: ((message: Message) => Message)[];
}

export function createMessageActions(options: {
  store: ChatStore;
  clock: Clock;
  inbox: Inbox;
  outbox: Outbox;
  emit: Emit;
}): MessageActions {
  const { store, clock, inbox, outbox, emit } = options;

  function held(roomId: string, messageId: string): Message {
    const message = findMessage(store.getState().conversations.get(roomId), messageId);
    if (!message) throw new ApiError("not_found", "That message is no longer there.");
    return message;
  }

  /** Replaces `from` by `to` as long as nothing else has replaced it. */
  function swap(from: Message, to: Message): boolean {
    const conversation = store.getState().conversations.get(from.roomId);
    const place = conversation?.messages.indexOf(from) ?? -1;
    if (!conversation || place < 0) return false;
    const messages = conversation.messages.with(place, to);
    store.setState((state) => withRoom(state, from.roomId, { conversation: { ...conversation, messages } }));
    return true;
  }

  const guesses = new Map<string, Guesses>();

  /** Draws the guesses that are left, unless something newer stands there by then. */
  function draw(on: Guesses): void {
    const next = on.changes.reduce((message, change) => change(message), on.base);
    if (swap(on.shown, next)) on.shown = next;
  }

  /**
   * Shows a change before the server has agreed. The `rev` stays, so whatever the server says about the message replaces the
   * guess. When it is refused it is taken back, and only it: others of the same message may still wait for their answer.
   */
  async function guess<T>(message: Message, change: (message: Message) => Message, ask: () => Promise<T>): Promise<T> {
    const known = guesses.get(message.id);
    const on = known?.shown === message ? known : { base: message, shown: message, changes: [] };
    guesses.set(message.id, on);
    on.changes.push(change);
    draw(on);
    const settle = () => {
      on.changes.splice(on.changes.indexOf(change), 1);
      if (on.changes.length === 0 && guesses.get(message.id) === on) guesses.delete(message.id);
    };
    try {
      const answer = await ask();
      // It is part of the message from now on, also when a later guess is taken back before the broadcast is here.
      on.base = change(on.base);
      settle();
      return answer;
    } catch (error) {
      settle();
      draw(on);
      throw error;
    }
  }

  const take = (message: Message) => inbox.receive(message.roomId, [{ rev: message.rev, message }]);

  async function add(item: Pick<OutboxItem, "roomId" | "content" | "replyTo" | "fileIds">): Promise<string> {
    const me = store.getState().me;
    if (!me) throw new ApiError("unauthorized", "Sign in to send messages.");
    const clientId = newClientId();
    await outbox.add({ ...item, clientId, userId: me.id, createdAt: clock.now(), error: null });
    return clientId;
  }

  return {
    async send(roomId, content, { replyToId, fileIds } = {}) {
      const text = sendable(content, fileIds);
      const quoted = replyToId ? findMessage(store.getState().conversations.get(roomId), replyToId) : undefined;
      if (replyToId && !quoted) throw new ApiError("not_found", "The message you reply to is no longer there.");
      const replyTo = quoted ? quote(quoted) : null;
      return add({ roomId, content: text, replyTo, ...(fileIds?.length && { fileIds }) });
    },
    async retry(clientId) {
      const item = outbox.find(clientId);
      if (!item) return;
      if (item.error === null) return outbox.release(clientId);
      // A refused identity stays refused; the same words go out as a new message.
      await outbox.discard(clientId);
      await add(item);
    },
    discard: (clientId) => outbox.discard(clientId),
    async edit(roomId, messageId, content) {
      const text = sendable(content);
      const message = held(roomId, messageId);
      const change = { content: text, editedAt: new Date(clock.now()).toISOString() };
      take(
        (
          await guess(
            message,
            (now) => ({ ...now, ...change }),
            () => emit("message:edit", { messageId, content: text }),
          )
        ).message,
      );
    },
    async remove(roomId, messageId) {
      const message = held(roomId, messageId);
      const change = { content: "", files: [], reactions: [], deletedAt: new Date(clock.now()).toISOString() };
      take(
        (
          await guess(
            message,
            (now) => ({ ...now, ...change }),
            () => emit("message:delete", { messageId }),
          )
        ).message,
      );
    },
    async react(roomId, messageId, emoji, on) {
      const me = store.getState().me;
      if (!me) throw new ApiError("unauthorized", "Sign in to react.");
      const message = held(roomId, messageId);
      const wanted = on ?? !message.reactions.some((one) => one.emoji === emoji && one.userIds.includes(me.id));
      const change = (now: Message) => ({ ...now, reactions: reacted(now.reactions, emoji, me.id, wanted) });
      // The broadcast carries the `rev`; the answer alone could not be put in order.
      await guess(message, change, () => emit("message:react", { messageId, emoji, on: wanted }));
    },
  };
}

/** The text as it will be stored; throws what to tell the writer when it can't be. */
function sendable(content: string, fileIds: readonly string[] = []): string {
  const text = content.toWellFormed().replaceAll("\0", "").normalize("NFC");
  if (text.trim() === "" && fileIds.length === 0) throw new ApiError("invalid", "Write something first.");
  const length = text.length <= MAX_CONTENT ? text.length : [...text].length;
  if (length > MAX_CONTENT)
    throw new ApiError(
      "too_large",
      `This is ${length - MAX_CONTENT} characters too long. Split it into several messages.`,
    );
  if (fileIds.length > MAX_FILES) throw new ApiError("too_large", `A message can hold ${MAX_FILES} files.`);
  return text;
}

/** 128 random bits. Not `randomUUID`, which browsers lack on plain-http addresses of a local network. */
function newClientId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function quote(message: Message): ReplyTo {
  const { id, seq, user } = message;
  const excerpt = [...message.content].slice(0, EXCERPT).join("");
  return { id, seq, user: { id: user.id, username: user.username, name: user.name }, excerpt };
}

export function reacted(reactions: Reactions, emoji: string, userId: string, on: boolean): Reactions {
  const others = reactions.map((one) => ({
    emoji: one.emoji,
    userIds: one.emoji === emoji ? one.userIds.filter((id) => id !== userId) : one.userIds,
  }));
  if (on) {
    const same = others.find((one) => one.emoji === emoji);
    if (same) same.userIds = [...same.userIds, userId];
    else others.push({ emoji, userIds: [userId] });
  }
  return others.filter((one) => one.userIds.length > 0);
}
