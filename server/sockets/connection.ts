import * as presence from "@/lib/domain/presence";
import * as typing from "@/lib/domain/typing";
import { isUnavailable } from "@/lib/infra/database";
import { log } from "@/lib/infra/log";
import { ofSession, personal } from "./audience";
import { greet } from "./greeting";
import { answerEvents, type Handlers } from "./handle";
import type { Marks } from "./marks";
import { messageEvents } from "./messages";
import { presenceEvents } from "./presence";
import { roomEvents } from "./rooms";
import { sessionEvents } from "./session";
import type { ChatServer, ChatSocket } from "./types";

const handlers: Handlers = { ...messageEvents, ...roomEvents, ...presenceEvents, ...sessionEvents };

/** Stands in for every socket's own once it is welcome. */
const pastHandshake = Object.freeze({ headers: {}, auth: {}, query: {} });

/**
 * Lets go of a socket's first request: its headers with their token, which nobody reads again, would stay in memory for as
 * long as the socket lives. What listens for the connection's end still holds the request itself, so it is emptied.
 */
function forgetHandshake(socket: ChatSocket): void {
  Object.assign(socket.conn.request, { headers: {}, rawHeaders: [], url: "", _query: undefined });
  Object.assign(socket.conn, { request: undefined });
  Object.assign(socket, { handshake: pastHandshake });
}

/** Welcomes every admitted socket and says goodbye for it. */
export function acceptConnections(io: ChatServer, marks: Marks): void {
  const localSockets = new Map<string, number>();

  async function goodbye({ userId, holder }: ChatSocket["data"]): Promise<void> {
    const left = (localSockets.get(userId) ?? 1) - 1;
    if (left > 0) localSockets.set(userId, left);
    else localSockets.delete(userId);
    try {
      if (left <= 0) await typing.ended(userId);
      await presence.disconnected(userId, holder);
    } catch (error) {
      if (!isUnavailable(error)) log().warn({ err: (error as Error).message }, "a departure could not be announced");
    }
  }

  async function welcome(socket: ChatSocket): Promise<void> {
    const { userId, sessionId, holder, batch } = socket.data;
    localSockets.set(userId, (localSockets.get(userId) ?? 0) + 1);
    socket.on("disconnect", () => void goodbye(socket.data));
    answerEvents(socket, handlers);
    forgetHandshake(socket);
    try {
      await socket.join([personal(userId), ofSession(sessionId), batch ? "batchers" : "singles"]);
      await greet(socket, marks);
      await presence.connected(userId, holder);
      // Gone while it was greeted: its goodbye came before what it says goodbye to.
      if (!socket.connected) await presence.disconnected(userId, holder);
    } catch (error) {
      log().warn({ err: (error as Error).message, socket: socket.id }, "a socket could not be greeted");
      // It comes back by itself, by then perhaps to a database.
      socket.conn.close();
    }
  }

  io.on("connection", (socket) => void welcome(socket));
}
