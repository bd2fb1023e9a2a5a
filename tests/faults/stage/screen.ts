import { type Chat, createChat } from "@/lib/client/chat";
import type { Bearer, ChatSocket, Environment, Signals } from "@/lib/client/environment";
import { nodeEnvironment } from "@/lib/client/node";
import { socketTo } from "@/lib/client/platform";
import type { Conversation } from "@/lib/client/state";
import type { Person } from "../../harness/people";
import { waitFor } from "../../harness/wait-for";
import type { Ledger } from "./ledger";
import type { Network } from "./network";

export interface HeardEvent {
  at: number;
  event: string;
  roomId: string;
}

/** One person's client, the shipped code, and everything that its screen ever showed. */
export interface Screen {
  person: Person;
  chat: Chat;
  socket: ChatSocket;
  /** Rooms on the screen; of the others only counts are kept. */
  open: ReadonlySet<string>;
  /** Messages of rooms as they reached the socket. */
  heard: HeardEvent[];
  /** Every stored message that was ever shown: its id and when it was first seen. */
  shown: Map<string, { roomId: string; seq: number; clientId: string; at: number }>;
  /** Which message each change number of a room named. */
  revs: Map<string, string>;
  /** What the screen showed that it never may. */
  faults: string[];
  connections(): number;
  isOnline(): boolean;
  close(): void;
}

const roomEvents = ["message:new", "message:batch", "message:updated", "message:deleted", "message:reactions"];

function roomOf(payload: { roomId?: string; message?: { roomId: string } }): string {
  return payload.roomId ?? payload.message?.roomId ?? "";
}

/** What is special about somebody's device: a clock that is wrong, a storage that survives it, a session that can be renewed, headers of its own. */
export type Device = Partial<Environment> & { bearer?: Bearer; headers?: Record<string, string> };

/** Opens a client at the network, with these rooms on its screen. */
export async function openScreen(
  person: Person,
  network: Network,
  open: ReadonlySet<string>,
  ledger: Ledger,
  { bearer = { accessToken: person.accessToken }, headers, ...device }: Device = {},
): Promise<Screen> {
  const heard: HeardEvent[] = [];
  const shown: Screen["shown"] = new Map();
  const revs: Screen["revs"] = new Map();
  const faults: string[] = [];
  let connections = 0;
  let socket: ChatSocket | undefined;
  const signals: Signals = { isOnline: network.isUp, watch: network.watch };
  const environment = nodeEnvironment(network.url, bearer, {
    signals,
    socket(auth) {
      socket = socketTo(network.url, headers && { headers })(auth);
      return socket;
    },
    ...device,
  });
  const chat = createChat(environment, { limits: { messages: 20_000, rooms: 100 } });
  if (!socket) throw new Error("The client has made no socket.");
  const made: ChatSocket = socket;
  made.on("connect", () => {
    connections += 1;
  });
  made.on("disconnect", () => {
    for (const entry of ledger.sent.values()) {
      if (entry.userId === person.user.id && entry.storedAt === null) entry.undisturbed = false;
    }
  });
  made.onAny((event: string, payload) => {
    if (roomEvents.includes(event)) heard.push({ at: Date.now(), event, roomId: roomOf(payload) });
  });
  made.onAnyOutgoing((event: string, input) => {
    const entry = event === "message:send" ? ledger.sent.get(input.clientId) : undefined;
    if (entry) entry.tries += 1;
  });
  const meId = person.user.id;

  function look(conversation: Conversation, pending: ReadonlySet<string>): void {
    let last = 0;
    for (const { seq, id, rev, clientId, user, roomId } of conversation.messages) {
      if (seq <= last) faults.push(`${id} at ${seq} stands after ${last} in ${roomId}`);
      last = seq;
      if (user.id === meId && pending.has(clientId)) faults.push(`${id} is shown twice: stored and pending`);
      const known = shown.get(id);
      if (known && known.seq !== seq) faults.push(`${id} moved from ${known.seq} to ${seq}`);
      if (!known) shown.set(id, { roomId, seq, clientId, at: Date.now() });
      const change = `${roomId} ${rev}`;
      const named = revs.get(change);
      if (named === undefined) revs.set(change, id);
      else if (named !== id) faults.push(`change ${rev} of ${roomId} named both ${named} and ${id}`);
      if (user.id === meId) {
        const entry = ledger.sent.get(clientId);
        if (entry && entry.storedAt === null) entry.storedAt = Date.now();
      }
    }
  }

  chat.store.subscribe((state, before) => {
    if (before.epoch !== null && state.epoch !== before.epoch) {
      // Another life of the database: its messages and numbers have nothing to do with those of the old one.
      shown.clear();
      revs.clear();
    }
    if (state.pending !== before.pending) {
      for (const list of state.pending.values()) {
        for (const item of list) {
          const entry = item.state === "failed" ? ledger.sent.get(item.clientId) : undefined;
          if (entry) entry.refused = true;
        }
      }
    }
    if (state.conversations === before.conversations && state.pending === before.pending) return;
    for (const [roomId, conversation] of state.conversations) {
      const same = conversation.messages === before.conversations.get(roomId)?.messages;
      if (same && state.pending.get(roomId) === before.pending.get(roomId)) continue;
      look(conversation, new Set(state.pending.get(roomId)?.map((item) => item.clientId)));
    }
  });

  const isOnline = () => chat.store.getState().connection.state === "online";
  chat.start();
  await waitFor(isOnline, { what: `${person.user.username} to be online` });
  for (const roomId of open) await chat.actions.openRoom(roomId);
  return {
    person,
    chat,
    socket: made,
    open,
    heard,
    shown,
    revs,
    faults,
    connections: () => connections,
    isOnline,
    close: () => chat.stop(),
  };
}
