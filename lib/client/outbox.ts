import type { Message } from "../protocol/objects";
import { type ApiError, toApiError } from "./api-error";
import type { Environment } from "./environment";
import { createRests } from "./outbox-rests";
import type { OutboxItem } from "./outbox-storage";
import { isHeld, withoutPendingItem, withPending } from "./pending";
import type { Emit } from "./socket";
import { beSoleTab } from "./sole-tab";
import type { ChatStore } from "./store";

/** How long the tab that owns the outbox may leave another tab's message untouched before it is replaced, in ms. */
const TAKE_OVER_MS = 8_000;
/** Messages let go of that are remembered in case another tab still names them. */
const MAX_GONE = 1_000;

export interface Outbox {
  /** Loads what this person left unsent and begins to send it, or waits for the tab that does. */
  start: (userId: string) => Promise<void>;
  /** Stores the message; it is sent when its turn comes. Rejects with `ApiError` when it cannot be stored. */
  add: (item: OutboxItem) => Promise<void>;
  find: (clientId: string) => OutboxItem | undefined;
  release: (clientId: string) => Promise<void>;
  discard: (clientId: string) => Promise<void>;
  /** The connection is there (or gone): whatever waits is tried at once (or rests). */
  wake: () => void;
  rest: () => void;
  /** These are stored, however that became known. */
  settle: (messages: readonly Message[]) => void;
  /** Forgets everything, here, in the storage and in other tabs. */
  clear: () => Promise<void>;
  stop: () => void;
}

type Note =
  | { kind: "added" | "updated"; item: OutboxItem }
  | { kind: "taken" | "removed"; clientId: string }
  | { kind: "sent"; message: Message }
  | { kind: "cleared" };

export function createOutbox(options: {
  store: ChatStore;
  environment: Pick<Environment, "clock" | "locks" | "outbox" | "channel">;
  emit: Emit;
  /** The server has stored this message. */
  onSent: (message: Message) => void;
  onUnauthorized: () => void;
}): Outbox {
  const { store, emit } = options;
  const { clock, locks, outbox: storage } = options.environment;
  const items = new Map<string, OutboxItem>();
  const flights = new Map<string, { clientId: string }>();
  const rests = createRests(clock, pump);
  const tries = new Map<string, number>();
  const takeOvers = new Map<string, unknown>();
  /** Let go of in this life: another tab may still name them. */
  const gone = new Set<string>();
  let userId: string | null = null;
  let awake = false;
  let owner = false;
  let life: AbortController | null = null;
  let channel: ReturnType<Environment["channel"]> | null = null;

  const post = (note: Note) => channel?.post(note);

  function show(item: OutboxItem): void {
    const sending = flights.get(item.roomId)?.clientId === item.clientId;
    const is = item.error !== null ? "failed" : isHeld(item, clock.now()) ? "held" : sending ? "sending" : "waiting";
    store.setState((state) => withPending(state, item, is));
  }

  /** Lets go of an item; its row stays on the screen until `onSent` has put the stored message there. */
  function drop(clientId: string): void {
    const item = items.get(clientId);
    if (!item) return;
    items.delete(clientId);
    gone.add(clientId);
    for (const oldest of gone) {
      if (gone.size <= MAX_GONE) break;
      gone.delete(oldest);
    }
    tries.delete(clientId);
    clock.clearTimeout(takeOvers.get(clientId));
    takeOvers.delete(clientId);
    if (flights.get(item.roomId)?.clientId === clientId) flights.delete(item.roomId);
    // What cannot be removed is sent again after a reload and recognised by its clientId.
    if (owner) storage.remove(clientId).catch(() => undefined);
    pump(item.roomId);
  }

  function pump(roomId: string): void {
    if (!owner || !awake || flights.has(roomId) || rests.has(roomId)) return;
    const now = clock.now();
    for (const item of items.values()) {
      if (item.roomId !== roomId || item.error !== null || isHeld(item, now)) continue;
      void send(item);
      return;
    }
  }

  function pumpAll(): void {
    for (const roomId of new Set([...items.values()].map((item) => item.roomId))) pump(roomId);
  }

  async function send(item: OutboxItem): Promise<void> {
    const { roomId, clientId, content, replyTo, fileIds } = item;
    const flight = { clientId };
    flights.set(roomId, flight);
    tries.set(clientId, (tries.get(clientId) ?? 0) + 1);
    show(item);
    let failure: ApiError | null = null;
    let message: Message | null = null;
    try {
      const input = {
        roomId,
        clientId,
        content,
        ...(replyTo && { replyToId: replyTo.id }),
        ...(fileIds && { fileIds: [...fileIds] }),
      };
      message = (await emit("message:send", input)).message;
    } catch (error) {
      failure = toApiError(error);
    }
    // The broadcast was faster, or the person discarded it.
    if (flights.get(roomId) !== flight) return;
    flights.delete(roomId);
    if (message) {
      post({ kind: "sent", message });
      options.onSent(message);
      drop(clientId);
    } else if (failure) await fail(item, failure);
  }

  async function fail(item: OutboxItem, failure: ApiError): Promise<void> {
    if (failure.definite) {
      const refused = { ...item, error: failure.message };
      items.set(item.clientId, refused);
      show(refused);
      await storage.update(refused).catch(() => undefined);
      post({ kind: "updated", item: refused });
      return pump(item.roomId);
    }
    show(item);
    if (failure.code === "unauthorized") {
      awake = false;
      return options.onUnauthorized();
    }
    rests.begin(item.roomId, failure, tries.get(item.clientId) ?? 1);
  }

  function hear(note: Note): void {
    if (note.kind === "added" && gone.has(note.item.clientId)) post({ kind: "removed", clientId: note.item.clientId });
    else if (note.kind === "added" && note.item.userId === userId) {
      if (!items.has(note.item.clientId)) items.set(note.item.clientId, note.item);
      show(note.item);
      if (owner) post({ kind: "taken", clientId: note.item.clientId });
      pump(note.item.roomId);
    } else if (note.kind === "updated" && items.has(note.item.clientId)) {
      items.set(note.item.clientId, note.item);
      show(note.item);
      pump(note.item.roomId);
    } else if (note.kind === "taken") {
      clock.clearTimeout(takeOvers.get(note.clientId));
      takeOvers.delete(note.clientId);
    } else if (note.kind === "removed") {
      const item = items.get(note.clientId);
      if (item) store.setState((state) => withoutPendingItem(state, item.roomId, note.clientId));
      drop(note.clientId);
    } else if (note.kind === "sent") {
      options.onSent(note.message);
      drop(note.message.clientId);
    } else if (note.kind === "cleared") forget();
  }

  function clearTimers(): void {
    rests.clear();
    for (const timer of takeOvers.values()) clock.clearTimeout(timer);
  }

  /** What is stored comes first, in its order; what could not be stored, or is being stored, follows. */
  async function load(id: string): Promise<OutboxItem[]> {
    const stored = await storage.list(id).catch(() => []);
    if (userId !== id) return [];
    const held = new Map(items);
    const fresh = stored.filter(({ clientId }) => !held.has(clientId) && !gone.has(clientId));
    items.clear();
    for (const item of stored) if (!gone.has(item.clientId)) items.set(item.clientId, held.get(item.clientId) ?? item);
    for (const item of held.values()) if (!items.has(item.clientId)) items.set(item.clientId, item);
    return fresh;
  }

  function forget(): void {
    for (const item of items.values()) store.setState((state) => withoutPendingItem(state, item.roomId, item.clientId));
    clearTimers();
    for (const held of [items, flights, tries, takeOvers, gone]) held.clear();
  }

  /** One tab sends. The others wait for its lock and, when it seems frozen, take it. */
  function own(signal: AbortSignal, steal: boolean): Promise<void> {
    const begin = async () => {
      if (userId) await load(userId);
      if (signal.aborted) return;
      owner = true;
      for (const item of items.values()) show(item);
      pumpAll();
    };
    const lost = () => {
      owner = false;
    };
    return beSoleTab({ locks, clock, name: "parley-outbox", signal, steal, begin, lost });
  }

  return {
    async start(id) {
      if (userId === id && life) return;
      life?.abort();
      // Written before the greeting told who writes, and perhaps kept by nothing but this page.
      const early = [...items.values()].filter((item) => item.userId === id);
      forget();
      for (const item of early) items.set(item.clientId, item);
      userId = id;
      life = new AbortController();
      const { signal } = life;
      channel?.close();
      channel = options.environment.channel("parley-outbox");
      channel.listen((note) => hear(note as Note));
      const stored = await load(id);
      if (signal.aborted) return;
      for (const item of items.values()) show(item);
      // The tab that sends has not heard of what was written before this one's greeting.
      for (const item of [...stored, ...early]) post({ kind: "added", item });
      void own(signal, false);
    },
    async add(item) {
      show(item);
      try {
        await storage.add(item);
      } catch {
        // Storage is full or forbidden: it is still sent, only a reload would lose it.
      }
      items.set(item.clientId, item);
      post({ kind: "added", item });
      if (owner) return pump(item.roomId);
      const { clientId } = item;
      const takeOver = () => {
        takeOvers.delete(clientId);
        if (life && !owner && awake && items.has(clientId)) void own(life.signal, true);
      };
      takeOvers.set(clientId, clock.setTimeout(takeOver, TAKE_OVER_MS));
    },
    find: (clientId) => items.get(clientId),
    async release(clientId) {
      const item = items.get(clientId);
      if (!item) return;
      const released = { ...item, error: null, released: true };
      items.set(clientId, released);
      show(released);
      await storage.update(released).catch(() => undefined);
      post({ kind: "updated", item: released });
      pump(item.roomId);
    },
    async discard(clientId) {
      const item = items.get(clientId);
      if (!item) return;
      store.setState((state) => withoutPendingItem(state, item.roomId, clientId));
      drop(clientId);
      await storage.remove(clientId).catch(() => undefined);
      post({ kind: "removed", clientId });
    },
    wake() {
      awake = true;
      rests.wake();
      tries.clear();
      // What has become a day old meanwhile waits for a click from now on.
      for (const item of items.values()) show(item);
      pumpAll();
    },
    rest() {
      awake = false;
    },
    settle(messages) {
      for (const message of messages)
        if (message.user.id === userId && items.has(message.clientId)) drop(message.clientId);
    },
    async clear() {
      post({ kind: "cleared" });
      forget();
      await storage.clear().catch(() => undefined);
    },
    stop() {
      life?.abort();
      life = null;
      userId = null;
      awake = false;
      channel?.close();
      channel = null;
      clearTimers();
    },
  };
}
