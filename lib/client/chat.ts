import type { Actions } from "./actions";
import { type Api, createApi } from "./api";
import { createLink } from "./connection";
import { createCredentials } from "./credentials";
import { createDrafts } from "./drafts";
import type { Environment } from "./environment";
import { listen } from "./events";
import { createHistory } from "./history";
import { createInbox, type Inbox } from "./inbox";
import { createMessageActions } from "./message-actions";
import { createOutbox } from "./outbox";
import { withMe, withOnline } from "./people";
import { createReads } from "./reads";
import { createRoomActions } from "./room-actions";
import { createRoomList } from "./room-list";
import { withMembersUnsure, withoutPending, withRoom } from "./rooms";
import { createSession } from "./session";
import { createEmit } from "./socket";
import type { ChatState } from "./state";
import { type ChatStore, createChatStore, emptyState } from "./store";
import { createSync } from "./sync";
import { createOwnTyping, createTypingWatch } from "./typing";

/** One signed-in client: a store that stays equal to the server, and what a person can do. */
export interface Chat {
  store: ChatStore;
  actions: Actions;
  api: Api;
  /** Ends the session and forgets everything that this device holds of it, unsent messages included. */
  logout: () => Promise<void>;
  /** Connects. May be called again after `stop`. */
  start: () => void;
  /** Disconnects and lets go of timers, locks and channels; unsent messages stay in the outbox. */
  stop: () => void;
}

export interface ChatOptions {
  /** What is known already, for instance `me` from a page that was rendered with it. */
  initial?: Partial<ChatState>;
  /** Messages kept of each room that is not on the screen (300), and rooms kept (30). */
  limits?: { messages: number; rooms: number };
}

export function createChat(environment: Environment, options: ChatOptions = {}): Chat {
  const { clock } = environment;
  const store = createChatStore(options.initial);
  const credentials = createCredentials({
    environment,
    onRenewed: (token) => void emit("auth:refresh", { token }).catch(() => undefined),
    onEnded: () => signedOut(),
  });
  const api = createApi({
    environment,
    token: credentials.token,
    renew: async () => (await credentials.renew()) === "renewed",
  });
  const socket = environment.socket(() => {
    const token = credentials.token();
    return { batch: true, ...(token && { token }) };
  });
  const emit = createEmit(socket);

  const rooms = createRoomList({ store, clock, api, inbox: () => inbox });
  const inbox: Inbox = createInbox({
    store,
    clock,
    onGap: (roomId) => sync.fill(roomId),
    onUnknownRoom: (roomId) => rooms.refresh(roomId),
    onApplied(roomId, messages) {
      outbox.settle(messages);
      rooms.refreshUnclear(roomId);
    },
  });
  const history = createHistory({
    store,
    clock,
    api,
    inbox,
    limits: options.limits ?? { messages: 300, rooms: 30 },
    roomsKnown: () => rooms.load(),
  });
  const sync = createSync({
    store,
    clock,
    inbox,
    rooms,
    emit,
    reload: history.reload,
    reconnect: () => link.restart(),
  });
  const outbox = createOutbox({
    store,
    environment,
    emit,
    onSent(message) {
      // Of a room that was left meanwhile nothing is shown any more.
      if (!store.getState().marks.has(message.roomId))
        store.setState((state) => withoutPending(state, message.roomId, [message]));
      else inbox.receive(message.roomId, [{ rev: message.rev, message }]);
    },
    onUnauthorized: () => link.restart(),
  });
  const reads = createReads({ store, clock, emit, rooms });
  const drafts = createDrafts(store, clock, environment.keep);
  const typing = createTypingWatch(store, clock);
  const ownTyping = createOwnTyping(emit, clock);

  listen({ socket, store, inbox, rooms, sync, typing });
  const link = createLink({
    store,
    environment,
    socket,
    credentials,
    async onHello(hello) {
      const before = store.getState().me?.id;
      if (before !== undefined && before !== hello.user.id) forget();
      store.setState((state) => {
        let next = withMembersUnsure(withOnline(withMe(state, hello.user), hello.online));
        // Whose messages are one's own is known only now, and with it what counts as unread.
        for (const roomId of next.conversations.keys()) next = withRoom(next, roomId, {});
        return next;
      });
      drafts.start(hello.user.id);
      await Promise.all([sync.greet(hello), outbox.start(hello.user.id)]);
    },
    onUp() {
      inbox.release();
      outbox.wake();
      reads.flush();
      history.wake();
    },
    onDown() {
      inbox.hold();
      outbox.rest();
      typing.stop();
    },
    onWake: () => sync.check(),
  });

  function forget(): void {
    for (const roomId of store.getState().marks.keys()) inbox.forget(roomId);
    const { connection } = store.getState();
    store.setState({ ...emptyState, connection: { ...connection, waiting: 0 } });
  }

  function signedOut(): void {
    stop();
    store.setState(({ connection }) => ({ connection: { ...connection, state: "signed-out" } }));
  }

  function stop(): void {
    link.close();
    for (const part of [credentials, outbox, reads, drafts, typing, ownTyping, sync, rooms, inbox]) part.stop();
  }

  const actions: Actions = {
    openRoom: (roomId, { messageId } = {}) => history.open(roomId, messageId),
    closeRoom(roomId) {
      ownTyping.set(roomId, false);
      history.close(roomId);
    },
    loadOlder: history.older,
    loadNewer: history.newer,
    jumpTo: history.jump,
    jumpToEnd: history.end,
    lookAt: history.lookAt,
    loadRooms: rooms.load,
    ...createMessageActions({ store, clock, inbox, outbox, emit }),
    markRead(roomId, seq) {
      const newest = store.getState().conversations.get(roomId)?.messages.at(-1)?.seq;
      const upTo = seq ?? newest;
      if (upTo !== undefined) reads.mark(roomId, upTo);
    },
    setTyping: ownTyping.set,
    setDraft: drafts.set,
    ...createRoomActions({ store, api, emit, rooms }),
  };

  return {
    store,
    actions,
    api,
    async logout() {
      const ended = createSession({ ...environment, fetch: bearing(environment, credentials.token) }).logout();
      drafts.clear();
      await outbox.clear();
      await ended.catch(() => undefined);
      stop();
      forget();
      store.setState(({ connection }) => ({ connection: { ...connection, state: "signed-out" } }));
    },
    start() {
      for (const part of [sync, rooms]) part.start();
      credentials.start();
      rooms.load().catch(() => rooms.refreshAll());
      link.open();
    },
    stop,
  };
}

/** Ending a session without cookies takes its token along. */
function bearing(environment: Environment, token: () => string | null): Environment["fetch"] {
  return (input, init) => {
    const bearer = token();
    const headers = {
      ...(init?.headers as Record<string, string>),
      ...(bearer && { authorization: `Bearer ${bearer}` }),
    };
    return environment.fetch(input, { ...init, headers });
  };
}
