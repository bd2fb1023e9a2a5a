import type { Room } from "../protocol/objects";
import type { Api } from "./api";
import { ApiError, toApiError } from "./api-error";
import type { Clock } from "./environment";
import type { Inbox } from "./inbox";
import { withMembersSeen } from "./people";
import { isUnclear, takeRoom, withoutRoom } from "./rooms";
import type { ChatStore } from "./store";

/** Rooms whose counts are unclear are gathered for this long, so that a burst asks once. In ms. */
const GATHER_MS = 300;
/** More unclear rooms than this are asked for as one list. */
const MAX_SINGLE = 3;
/** Waits between tries of a refresh that failed, in ms. */
const RETRY_MS = [1_000, 4_000, 15_000];

/** In larger rooms a newcomer's presence is not asked for: all members would ask at once. */
const MAX_ASKING = 100;

export interface RoomList {
  /** Loads all of the caller's rooms; calls while one is under way share it. Rejects with `ApiError`. */
  load: () => Promise<void>;
  /** Loads them without sharing what is under way: that may have been asked for on a connection that died in silence. */
  loadAnew: () => Promise<void>;
  /** The caller is in this room (now). */
  add: (room: Room) => void;
  remove: (roomId: string) => void;
  /** Somebody now shares this room; whether they are online was never announced to those who did not. */
  meet: (roomId: string, userId: string) => void;
  /** Asks for a room's counts anew, soon; failures are tried again. */
  refresh: (roomId: string) => void;
  /** Does so when the room's counts can't be derived from what is held. */
  refreshUnclear: (roomId: string) => void;
  refreshAll: () => void;
  /** Remembers that something about the room came by itself, so that an answer under way is older than it. */
  touch: (roomId: string) => void;
  start: () => void;
  stop: () => void;
}

export function createRoomList(options: { store: ChatStore; clock: Clock; api: Api; inbox: () => Inbox }): RoomList {
  const { store, clock, api } = options;
  const touched = new Map<string, number>();
  const wanted = new Set<string>();
  let all = false;
  let tick = 0;
  let loading: Promise<void> | null = null;
  /** Counts the lists asked for: only the newest answer is taken. */
  let lists = 0;
  let timer: unknown = null;
  let failures = 0;
  let stopped = false;

  const isNewer = (roomId: string, since: number) => (touched.get(roomId) ?? 0) > since;

  function touch(roomId: string): void {
    tick += 1;
    touched.set(roomId, tick);
  }

  function take(room: Room, since: number): void {
    store.setState((state) => takeRoom(state, room, isNewer(room.id, since)));
    options.inbox().noteHead(room.id, room.rev);
    options.inbox().drain(room.id);
    if (isUnclear(store.getState(), room.id)) refresh(room.id);
  }

  function meet(roomId: string, userId: string): void {
    const { presence, rooms, me } = store.getState();
    const few = (rooms.get(roomId)?.memberCount ?? 0) <= MAX_ASKING;
    if (few && userId !== me?.id && !presence.has(userId)) refresh(roomId);
  }

  function drop(roomId: string): void {
    options.inbox().forget(roomId);
    store.setState((state) => withoutRoom(state, roomId));
  }

  async function fetchAll(): Promise<void> {
    const since = tick;
    lists += 1;
    const mine = lists;
    if (store.getState().roomsStatus !== "ready") store.setState({ roomsStatus: "loading", roomsError: null });
    try {
      const { rooms } = await api("GET /api/rooms");
      if (stopped) return;
      // Whoever waits for this list wants the rooms to be known: the list that overtook it will tell.
      if (mine !== lists) return void (await loading);
      const listed = new Set(rooms.map((room) => room.id));
      for (const roomId of store.getState().rooms.keys())
        if (!listed.has(roomId) && !isNewer(roomId, since)) drop(roomId);
      // A room that was left while the answer was under way must not come back.
      for (const room of rooms) if (store.getState().rooms.has(room.id) || !isNewer(room.id, since)) take(room, since);
      store.setState({ roomsStatus: "ready", roomsError: null });
    } catch (error) {
      if (mine === lists && store.getState().roomsStatus !== "ready")
        store.setState({ roomsStatus: "error", roomsError: toApiError(error).message });
      throw error;
    }
  }

  function load(): Promise<void> {
    return loading ?? loadAnew();
  }

  function loadAnew(): Promise<void> {
    const mine = fetchAll().finally(() => {
      if (loading === mine) loading = null;
    });
    loading = mine;
    return mine;
  }

  async function fetchOne(roomId: string): Promise<void> {
    const since = tick;
    try {
      const { room, members } = await api("GET /api/rooms/[id]", { params: { id: roomId } });
      store.setState((state) => withMembersSeen(state, members));
      if (!stopped && room.me && (store.getState().rooms.has(roomId) || !isNewer(roomId, since))) take(room, since);
    } catch (error) {
      if (error instanceof ApiError && error.code === "not_found" && !isNewer(roomId, since)) return drop(roomId);
      throw error;
    }
  }

  function schedule(ms: number): void {
    if (timer !== null || stopped) return;
    timer = clock.setTimeout(() => {
      timer = null;
      const roomIds = [...wanted];
      const list = all || roomIds.length > MAX_SINGLE;
      wanted.clear();
      all = false;
      Promise.all(list ? [load()] : roomIds.map(fetchOne)).then(
        () => {
          failures = 0;
        },
        () => {
          for (const roomId of roomIds) wanted.add(roomId);
          all ||= list;
          schedule(RETRY_MS[Math.min(failures, RETRY_MS.length - 1)] ?? 0);
          failures += 1;
        },
      );
    }, ms);
  }

  function refresh(roomId: string): void {
    wanted.add(roomId);
    schedule(GATHER_MS);
  }

  return {
    load,
    loadAnew,
    add(room) {
      touch(room.id);
      store.setState((state) => takeRoom(state, room, true));
      options.inbox().noteHead(room.id, room.rev);
      options.inbox().drain(room.id);
      if (!room.me) refresh(room.id);
      if (room.kind === "dm") for (const member of room.members ?? []) meet(room.id, member.id);
    },
    meet,
    remove(roomId) {
      touch(roomId);
      drop(roomId);
    },
    refresh,
    refreshUnclear(roomId) {
      if (isUnclear(store.getState(), roomId)) refresh(roomId);
    },
    refreshAll() {
      all = true;
      schedule(0);
    },
    touch,
    start() {
      stopped = false;
    },
    stop() {
      stopped = true;
      if (timer !== null) clock.clearTimeout(timer);
      timer = null;
    },
  };
}
