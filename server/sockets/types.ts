import type { Server, Socket } from "socket.io";
import type { ClientToServer, ServerToClient } from "@/lib/protocol/events";

/** What the server keeps with a socket. */
export interface SocketData {
  userId: string;
  sessionId: string;
  /** Ms since 1970: until when the access token lets the socket live. */
  expiresAt: number;
  /** Whether it understands `message:batch`. */
  batch: boolean;
  /** `replica:socket`, as presence leases know it. */
  holder: string;
  accessVersion: number;
  /** Requests under way. */
  unfinished: number;
  /** Spreads what is due for every socket over time; see `inTurns`. */
  turn: number;
}

export type ChatServer = Server<ClientToServer, ServerToClient, Record<string, never>, SocketData>;
export type ChatSocket = Socket<ClientToServer, ServerToClient, Record<string, never>, SocketData>;
