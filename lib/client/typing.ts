import { TYPING_TTL_MS } from "../protocol/limits";
import type { UserBrief } from "../protocol/objects";
import type { Clock } from "./environment";
import { withoutTypist, withTypist } from "./people";
import type { Emit } from "./socket";
import type { ChatStore } from "./store";

/** `typing:start` is repeated at most this often, well within the server's own expiry. In ms. */
const REPEAT_MS = 3_000;
/** Without a keystroke for this long, one has stopped. In ms. */
const IDLE_MS = 4_000;
const SWEEP_MS = 1_000;

export interface TypingWatch {
  started: (roomId: string, user: UserBrief, threadId: string | null) => void;
  stopped: (roomId: string, userId: string, threadId: string | null) => void;
  stop: () => void;
}

/** Who types. The server ends each state itself; should that get lost, it ends here after the same time. */
export function createTypingWatch(store: ChatStore, clock: Clock): TypingWatch {
  const ends = new Map<string, { roomId: string; userId: string; threadId: string | null; at: number }>();
  let timer: unknown = null;

  function sweep(): void {
    timer = null;
    const now = clock.now();
    for (const [key, { roomId, userId, threadId, at }] of ends) {
      if (at > now) continue;
      ends.delete(key);
      store.setState((state) => withoutTypist(state, roomId, userId, threadId));
    }
    arm();
  }

  function arm(): void {
    if (timer === null && ends.size > 0) timer = clock.setTimeout(sweep, SWEEP_MS);
  }

  return {
    started(roomId, user, threadId) {
      ends.set(`${roomId} ${user.id} ${threadId}`, {
        roomId,
        userId: user.id,
        threadId,
        at: clock.now() + TYPING_TTL_MS,
      });
      store.setState((state) => withTypist(state, roomId, { user, threadId }));
      arm();
    },
    stopped(roomId, userId, threadId) {
      ends.delete(`${roomId} ${userId} ${threadId}`);
      store.setState((state) => withoutTypist(state, roomId, userId, threadId));
    },
    stop() {
      clock.clearTimeout(timer);
      timer = null;
      ends.clear();
      store.setState({ typing: new Map() });
    },
  };
}

export interface OwnTyping {
  set: (roomId: string, typing: boolean) => void;
  stop: () => void;
}

/** Tells others that the person types: at most every 3 s while keys are pressed, and once when it ends. */
export function createOwnTyping(emit: Emit, clock: Clock): OwnTyping {
  const rooms = new Map<string, { toldAt: number; idle: unknown }>();
  const tell = (event: "typing:start" | "typing:stop", roomId: string) =>
    void emit(event, { roomId }).catch(() => undefined);

  function end(roomId: string): void {
    const told = rooms.get(roomId);
    if (!told) return;
    clock.clearTimeout(told.idle);
    rooms.delete(roomId);
    tell("typing:stop", roomId);
  }

  return {
    set(roomId, typing) {
      if (!typing) return end(roomId);
      const told = rooms.get(roomId);
      clock.clearTimeout(told?.idle);
      const now = clock.now();
      const due = !told || now - told.toldAt >= REPEAT_MS;
      if (due) tell("typing:start", roomId);
      rooms.set(roomId, { toldAt: due ? now : told.toldAt, idle: clock.setTimeout(() => end(roomId), IDLE_MS) });
    },
    stop() {
      for (const { idle } of rooms.values()) clock.clearTimeout(idle);
      rooms.clear();
    },
  };
}
