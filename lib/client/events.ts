import type { Message } from "../protocol/objects";
import type { ChatSocket } from "./environment";
import type { Inbox } from "./inbox";
import { withoutTypist, withPresence } from "./people";
import type { RoomList } from "./room-list";
import { takeRoom, withMember, withRead } from "./rooms";
import type { ChatStore } from "./store";
import type { Sync } from "./sync";
import type { TypingWatch } from "./typing";

/** What each event of the server does to the store: one line an event. */
export function listen(options: {
  socket: ChatSocket;
  store: ChatStore;
  inbox: Inbox;
  rooms: RoomList;
  sync: Sync;
  typing: TypingWatch;
}): void {
  const { socket, store, inbox, rooms, sync, typing } = options;
  const take = (roomId: string, messages: readonly Message[]) =>
    inbox.receive(
      roomId,
      messages.map((message) => ({ rev: message.rev, message })),
    );

  socket.on("heads", ({ heads }) => sync.heads(heads));
  socket.on("message:new", ({ message }) => take(message.roomId, [message]));
  socket.on("message:batch", ({ roomId, messages }) => take(roomId, messages));
  socket.on("message:updated", ({ message }) => take(message.roomId, [message]));
  socket.on("message:deleted", ({ message }) => take(message.roomId, [message]));
  socket.on("message:reactions", ({ roomId, messageId, rev, reactions }) =>
    inbox.receive(roomId, [{ rev, messageId, reactions }]),
  );
  socket.on("dm:new", ({ message, room }) => {
    if (!store.getState().marks.has(room.id)) rooms.add(room);
    take(message.roomId, [message]);
  });

  socket.on("room:joined", ({ room }) => rooms.add(room));
  socket.on("room:updated", ({ room }) => {
    if (!store.getState().rooms.has(room.id)) return;
    if (room.me) rooms.touch(room.id);
    // With `me` it speaks of this person alone, and "mark unread" on another device moves the mark down.
    store.setState((state) => takeRoom(state, room, room.me === undefined));
    rooms.refreshUnclear(room.id);
  });
  socket.on("room:removed", ({ roomId }) => rooms.remove(roomId));
  socket.on("room:user-joined", ({ roomId, user }) => {
    store.setState((state) => withMember(state, roomId, user, true));
    rooms.meet(roomId, user.id);
  });
  socket.on("room:user-left", ({ roomId, user }) => {
    if (user.id === store.getState().me?.id) return;
    store.setState((state) => withoutTypist(withMember(state, roomId, user, false), roomId, user.id));
  });

  socket.on("message:read", ({ roomId, userId, lastReadSeq }) => {
    if (userId !== store.getState().me?.id) return;
    rooms.touch(roomId);
    store.setState((state) => withRead(state, roomId, lastReadSeq, "confirmed"));
    inbox.drain(roomId);
    rooms.refreshUnclear(roomId);
  });
  socket.on("typing:start", ({ roomId, threadId, user }) => typing.started(roomId, user, threadId ?? null));
  socket.on("typing:stop", ({ roomId, threadId, user }) => typing.stopped(roomId, user.id, threadId ?? null));
  socket.on("user:online", ({ userId, state: is }) =>
    store.setState((state) =>
      withPresence(state, userId, { state: is, lastSeenAt: state.presence.get(userId)?.lastSeenAt ?? null }),
    ),
  );
  socket.on("user:offline", ({ userId, lastSeenAt }) =>
    store.setState((state) => withPresence(state, userId, { state: "offline", lastSeenAt })),
  );
  socket.on("notification", (notice) => store.setState({ notice }));
}
