import type { IncomingMessage } from "node:http";
import { socketOriginAllowed } from "@/lib/auth/origin";
import { presentedToken, verifyToken } from "@/lib/auth/session";
import { visibleError } from "@/lib/http/answer";
import { addressKey } from "@/lib/infra/address";
import { runtime } from "@/lib/infra/config";
import { query } from "@/lib/infra/database";
import { metrics } from "@/lib/infra/metrics";
import { AppError } from "@/lib/protocol/errors";
import { Handshake } from "@/lib/protocol/events";
import { personal } from "./audience";
import type { ChatServer, ChatSocket } from "./types";

/** Connections of one user and of one address on a replica, before RATE_LIMIT_FACTOR. */
const PER_USER = 10;
const PER_ADDRESS = 50;

/**
 * Whether a handshake may become a connection: it must not name a foreign origin, and one that carries our cookie must
 * name its own. (`cors` would not stop a WebSocket.)
 */
export function allowRequest(request: IncomingMessage): boolean {
  return socketOriginAllowed(request, { cookie: presentedToken(request.headers)?.via === "cookie" });
}

const addressOf = (socket: ChatSocket) =>
  addressKey(String(socket.handshake.headers["x-parley-address"] ?? socket.handshake.address));

/** Refused handshakes reach the client as `connect_error` whose `data` is the contract's error. */
function refusal(thrown: unknown, socket: ChatSocket): Error {
  const error = visibleError(thrown, { requestId: socket.id, route: "handshake" });
  metrics().socketsRefused.inc({ code: error.code });
  return Object.assign(new Error(error.message), { data: error.toBody() });
}

async function admit(io: ChatServer, socket: ChatSocket, perAddress: Map<string, number>): Promise<void> {
  const handshake = Handshake.safeParse(socket.handshake.auth ?? {});
  if (!handshake.success) throw new AppError("invalid", "The handshake takes a token and batch, nothing else.");
  const token = handshake.data.token ?? presentedToken(socket.handshake.headers)?.token;
  if (!token) throw new AppError("unauthorized", "Sign in first.");
  const { userId, sessionId, expiresAt } = await verifyToken(token);
  const factor = runtime.get().config.RATE_LIMIT_FACTOR;
  const ofUser = io.of("/").adapter.rooms.get(personal(userId))?.size ?? 0;
  if (ofUser >= PER_USER * factor || (perAddress.get(addressOf(socket)) ?? 0) >= PER_ADDRESS * factor) {
    throw new AppError("rate_limited", "Too many connections are open. Close another window.", {
      retryAfterMs: 30_000,
    });
  }
  const [row] = await query<{ accessVersion: number }>(
    { name: "access-version", text: `SELECT "accessVersion" FROM "User" WHERE id = $1` },
    [userId],
  );
  socket.data = {
    userId,
    sessionId,
    expiresAt: expiresAt.getTime(),
    batch: handshake.data.batch ?? false,
    holder: `${runtime.get().replicaId}:${socket.id}`,
    accessVersion: row?.accessVersion ?? 0,
    unfinished: 0,
    turn: Math.floor(Math.random() * 1_000),
  };
}

/** Authenticates and counts every socket before it may say anything. */
export function guardConnections(io: ChatServer): void {
  const perAddress = new Map<string, number>();
  io.use((socket, next) => {
    admit(io, socket, perAddress).then(
      () => next(),
      (error) => next(refusal(error, socket)),
    );
  });
  io.on("connection", (socket) => {
    const address = addressOf(socket);
    perAddress.set(address, (perAddress.get(address) ?? 0) + 1);
    socket.on("disconnect", () => {
      const left = (perAddress.get(address) ?? 1) - 1;
      if (left > 0) perAddress.set(address, left);
      else perAddress.delete(address);
    });
  });
}
