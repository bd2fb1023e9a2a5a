import type { ServerPayload, SyncOutput, SyncRoom } from "../protocol/events";
import { MAX_SYNC_ROOMS } from "../protocol/limits";
import type { Message } from "../protocol/objects";
import { ApiError, toApiError } from "./api-error";
import { type Change, replaceByNewest } from "./apply";
import type { Clock } from "./environment";
import type { Inbox } from "./inbox";
import type { RoomList } from "./room-list";
import { forgetHistory, withRoom } from "./rooms";
import type { Emit } from "./socket";
import type { ChatState } from "./state";
import type { ChatStore } from "./store";

/** Answers taken for one catching-up; the server answers `limited` long before. */
const MAX_ROUNDS = 200;
/** Changes that a room which is not loaded may lag behind before its counts are asked for instead. */
const CHEAP_LAG = 100;
/** Tries of one catching-up before the connection is given up as broken. */
const MAX_TRIES = 3;

export interface Sync {
  /** Brings everything up to what the greeting says, then lets live events through. Rejects when it could not. */
  greet: (hello: ServerPayload<"hello">) => Promise<void>;
  heads: (heads: Readonly<Record<string, number>>) => void;
  /** Fetches what a room lacks; calls while one is under way join it. */
  fill: (roomId: string) => void;
  /** Asks whether anything was missed in the rooms at hand (focus, wake). */
  check: () => void;
  start: () => void;
  stop: () => void;
}

export function createSync(options: {
  store: ChatStore;
  clock: Clock;
  inbox: Inbox;
  rooms: RoomList;
  emit: Emit;
  /** Loads a conversation anew after its history was thrown away. */
  reload: (roomId: string) => void;
  /** The connection answers no more: start over. */
  reconnect: () => void;
}): Sync {
  const { store, clock, inbox, rooms, emit } = options;
  const wanted = new Set<string>();
  let running: Promise<void> | null = null;
  let stopped = false;

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => void clock.setTimeout(resolve, ms));
  }

  /** Asks for the changes of these rooms until each is complete, then applies each room at once. */
  async function ask(roomIds: readonly string[]): Promise<void> {
    const asked = new Map<string, { from: number; rev: number; messages: Message[] }>();
    for (const roomId of roomIds) {
      const mark = store.getState().marks.get(roomId);
      if (mark) asked.set(roomId, { from: mark.rev, rev: mark.rev, messages: [] });
    }
    for (let round = 0; asked.size > 0; round += 1) {
      if (round === MAX_ROUNDS)
        throw new ApiError("internal", "The server does not come to an end of what was missed.");
      const inquiry = [...asked.keys()].slice(0, MAX_SYNC_ROOMS);
      const { epoch } = store.getState();
      const answer = await emit("sync", {
        ...(epoch !== null && { epoch }),
        rooms: [...inquiry.map((roomId) => ({ roomId, rev: asked.get(roomId)?.rev ?? 0 })), ...others(asked)],
      });
      if (takeEpoch(answer.epoch)) return;
      takeMembership(answer, asked);
      const answered = new Set(answer.rooms.map((room) => room.roomId));
      for (const room of answer.rooms) {
        const part = asked.get(room.roomId);
        if (!part) {
          inbox.noteHead(room.roomId, room.rev);
          continue;
        }
        part.messages.push(...room.messages);
        if (room.limited || room.rev < part.from) {
          asked.delete(room.roomId);
          replace(room, part.from);
        } else if (room.more) {
          part.rev = room.rev;
        } else {
          asked.delete(room.roomId);
          inbox.catchUp(room.roomId, part.messages.map(toChange), room.rev);
        }
      }
      // A room that the answer passes over has nothing beyond what was answered so far.
      for (const roomId of inquiry) {
        const part = asked.get(roomId);
        if (!part || answered.has(roomId)) continue;
        asked.delete(roomId);
        if (part.rev > part.from) inbox.catchUp(roomId, part.messages.map(toChange), part.rev);
      }
    }
  }

  /**
   * The other rooms are named too, as far as they are known: what is not named would be answered with the whole
   * room as newly joined.
   */
  function others(asked: ReadonlyMap<string, unknown>): { roomId: string; rev: number }[] {
    const list: { roomId: string; rev: number }[] = [];
    for (const [roomId, mark] of store.getState().marks) {
      if (asked.size + list.length >= MAX_SYNC_ROOMS) break;
      if (!asked.has(roomId)) list.push({ roomId, rev: Math.max(mark.rev, inbox.headOf(roomId)) });
    }
    return list;
  }

  function takeMembership(answer: SyncOutput, asked: Map<string, unknown>): void {
    for (const roomId of answer.left) {
      asked.delete(roomId);
      rooms.remove(roomId);
    }
    for (const room of answer.joined) if (!store.getState().rooms.has(room.id)) rooms.add(room);
  }

  /** Too far behind, or the room's counter went back: what is held is worth nothing. */
  function replace(room: SyncRoom, from: number): void {
    const { roomId } = room;
    const held = store.getState().conversations.get(roomId);
    if (!room.limited || !held || room.rev < from) {
      const reload = held !== undefined;
      inbox.forget(roomId);
      store.setState((state) => forgetHistory(state, roomId));
      rooms.refresh(roomId);
      if (reload) options.reload(roomId);
      return;
    }
    inbox.passOver(roomId);
    store.setState((state) => {
      const mark = state.marks.get(roomId);
      const conversation = state.conversations.get(roomId);
      if (!mark || !conversation) return state;
      // What was missing came by itself while the answer was under way: it is the older one now.
      if (mark.rev > room.rev) return state;
      return withRoom(state, roomId, {
        // Whoever reads further up stays there: the stretch is loaded anew below.
        ...(!conversation.newer.more && { conversation: replaceByNewest(conversation, room.messages) }),
        // What was passed over may have changed the counts in any way.
        mark: {
          ...mark,
          rev: room.rev,
          recent: [],
          unclearRev: Math.max(room.rev, mark.base.rev + 1),
        },
      });
    });
    rooms.refresh(roomId);
    inbox.drain(roomId);
    if (held.newer.more) options.reload(roomId);
  }

  /** Another life of the database: everything that is held belongs to the old one. */
  function takeEpoch(epoch: string): boolean {
    const known = store.getState().epoch;
    if (known === epoch) return false;
    store.setState({ epoch });
    if (known === null) return false;
    const open = [...store.getState().conversations.keys()];
    for (const roomId of store.getState().marks.keys()) inbox.forget(roomId);
    store.setState({ marks: new Map(), conversations: new Map() });
    rooms.refreshAll();
    for (const roomId of open) if (store.getState().inView.has(roomId)) options.reload(roomId);
    return true;
  }

  async function persist(work: () => Promise<void>): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await work();
      } catch (error) {
        if (stopped || tries >= MAX_TRIES) throw error;
        await pause(Math.max(toApiError(error).retryAfterMs ?? 0, tries * 500 * (1 + clock.random())));
      }
    }
  }

  function run(): Promise<void> {
    running ??= (async () => {
      while (wanted.size > 0 && !stopped) {
        const roomIds = [...wanted];
        wanted.clear();
        await persist(() => ask(roomIds.filter((roomId) => isBehind(store.getState(), roomId))));
        for (const roomId of roomIds) inbox.drain(roomId);
      }
    })().finally(() => {
      running = null;
    });
    return running;
  }

  function giveUp(): void {
    if (!stopped && store.getState().connection.state === "online") options.reconnect();
  }

  function isBehind(state: ChatState, roomId: string): boolean {
    return (state.marks.get(roomId)?.rev ?? Number.POSITIVE_INFINITY) < inbox.headOf(roomId);
  }

  function fill(roomId: string): void {
    const state = store.getState();
    const lag = inbox.headOf(roomId) - (state.marks.get(roomId)?.rev ?? 0);
    if (!state.conversations.has(roomId) && lag > CHEAP_LAG) {
      rooms.refresh(roomId);
      return;
    }
    wanted.add(roomId);
    run().catch(giveUp);
  }

  return {
    async greet(hello) {
      // A list that was asked for before the greeting may miss what the greeting names.
      if (store.getState().roomsStatus === "loading") await rooms.load().catch(() => undefined);
      const sameLife = !takeEpoch(hello.epoch);
      const state = store.getState();
      const heads = new Map(Object.entries(hello.heads));
      const strangers =
        [...heads.keys()].some((roomId) => !state.marks.has(roomId)) ||
        [...state.rooms.keys()].some((roomId) => !heads.has(roomId));
      const behind: string[] = [];
      for (const [roomId, rev] of heads) {
        const mark = state.marks.get(roomId);
        if (mark && mark.rev > rev && !state.conversations.has(roomId)) {
          // Its counter went back. Of a room that is not loaded `sync` would not be asked.
          inbox.forget(roomId);
          store.setState((now) => forgetHistory(now, roomId));
        }
        if (rev > 0) inbox.noteHead(roomId, rev);
        if (mark && mark.rev !== rev) behind.push(roomId);
      }
      const unloaded = behind.filter((roomId) => !state.conversations.has(roomId));
      const stale = unloaded.length > 0 || [...state.marks.values()].some((mark) => mark.unclearRev > mark.base.rev);
      const list = !sameLife || strangers || stale || state.roomsStatus !== "ready";
      await Promise.all([
        list ? persist(() => rooms.loadAnew()) : undefined,
        persist(() => ask(behind.filter((roomId) => store.getState().conversations.has(roomId)))),
      ]);
    },
    heads(heads) {
      for (const [roomId, rev] of Object.entries(heads)) {
        if (store.getState().marks.has(roomId)) inbox.noteHead(roomId, rev);
        else rooms.refresh(roomId);
      }
    },
    fill,
    check() {
      const { inView, marks } = store.getState();
      // One room is enough to ask for: the others are named beside it, and what they lack is heard of.
      const near = inView.size > 0 ? [...inView] : [...marks.keys()].slice(0, 1);
      persist(() => ask(near)).catch(giveUp);
    },
    start() {
      stopped = false;
    },
    stop() {
      stopped = true;
      wanted.clear();
    },
  };
}

function toChange(message: Message): Change {
  return { rev: message.rev, message };
}
