import { toApiError } from "./api-error";
import type { Clock } from "./environment";
import type { RoomList } from "./room-list";
import { withRead } from "./rooms";
import type { Emit } from "./socket";
import type { ChatStore } from "./store";

/** A room's read mark is told at most this often, in ms. */
const TELL_MS = 1_000;

export interface Reads {
  /** Shown at once; told to the server now or, after a recent telling, soon, and again after an outage. */
  mark: (roomId: string, seq: number) => void;
  /** Online (again): tells whatever an outage kept back. */
  flush: () => void;
  stop: () => void;
}

export function createReads(options: { store: ChatStore; clock: Clock; emit: Emit; rooms: RoomList }): Reads {
  const { store, clock, emit, rooms } = options;
  const timers = new Map<string, unknown>();
  const busy = new Set<string>();
  /** Rooms whose mark the server does not want: told again when it moves. */
  const refused = new Set<string>();
  let stopped = false;

  /** The message that stands for the mark: the newest held one at or below it. */
  function messageAt(roomId: string): string | null {
    const seq = store.getState().marks.get(roomId)?.reading ?? null;
    const messages = store.getState().conversations.get(roomId)?.messages;
    return (seq !== null && messages?.findLast((message) => message.seq <= seq)?.id) || null;
  }

  function tellLater(roomId: string): void {
    if (stopped) return;
    timers.set(
      roomId,
      clock.setTimeout(() => {
        timers.delete(roomId);
        void tell(roomId);
      }, TELL_MS),
    );
  }

  async function tell(roomId: string): Promise<void> {
    const messageId = messageAt(roomId);
    if (!messageId || busy.has(roomId) || refused.has(roomId) || store.getState().connection.state !== "online") return;
    busy.add(roomId);
    tellLater(roomId);
    try {
      const { lastReadSeq } = await emit("message:read", { messageId });
      rooms.touch(roomId);
      store.setState((state) => withRead(state, roomId, lastReadSeq, "confirmed"));
    } catch (error) {
      // Else the mark stays noted as `reading` and is told again by the timer or after the outage.
      if (toApiError(error).definite) refused.add(roomId);
    } finally {
      busy.delete(roomId);
      // While a slow answer was waited for, the timer found the room busy and what was read meanwhile untold.
      if (!timers.has(roomId) && messageAt(roomId)) tellLater(roomId);
      rooms.refreshUnclear(roomId);
    }
  }

  return {
    mark(roomId, seq) {
      const before = store.getState().marks.get(roomId)?.reading;
      store.setState((state) => withRead(state, roomId, seq, "here"));
      if (store.getState().marks.get(roomId)?.reading === before) return;
      refused.delete(roomId);
      if (!timers.has(roomId)) void tell(roomId);
    },
    flush() {
      stopped = false;
      for (const [roomId, mark] of store.getState().marks) if (mark.reading !== null) void tell(roomId);
    },
    stop() {
      stopped = true;
      for (const timer of timers.values()) clock.clearTimeout(timer);
      timers.clear();
    },
  };
}
