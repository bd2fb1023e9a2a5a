import { roomsOf } from "@/lib/domain/room-view";
import { liveSessions } from "@/lib/domain/sessions";
import { standing } from "@/lib/domain/sync";
import { query, type Statement } from "@/lib/infra/database";
import { defect } from "@/lib/infra/failpoints";
import { AppError } from "@/lib/protocol/errors";
import { batching, listenTo, roomIdOf, single } from "./audience";
import type { ChatServer, ChatSocket } from "./types";

/** A socket may outlive its access token by this much, in ms: time to refresh. */
const OVERTIME_MS = 60_000;
/** Sockets put right at once; connections remain for people. */
const AT_ONCE = 4;

const versions: Statement<{ id: string; accessVersion: number }> = {
  name: "access-versions",
  text: `SELECT id, "accessVersion" FROM "User" WHERE id = ANY($1::text[])`,
};

/** Closes a socket whose session has ended; its client signs in again or refreshes. */
export function dismiss(socket: ChatSocket): void {
  const { code, message } = new AppError("unauthorized", "Your session has ended. Sign in again.");
  socket.emit("error", { error: { code, message } });
  socket.disconnect(true);
}

/**
 * What a removal or a sign-out pushes may be lost while Redis is away; therefore every replica asks, in two queries for
 * all its sockets, whether their sessions live and their memberships are what they hear, and puts right what is not.
 */
export async function checkAccess(io: ChatServer): Promise<void> {
  const sockets = [...io.of("/").sockets.values()] as ChatSocket[];
  if (!sockets.length) return;
  const now = Date.now();
  const [live, rows] = await Promise.all([
    liveSessions([...new Set(sockets.map((socket) => socket.data.sessionId))]),
    query(versions, [[...new Set(sockets.map((socket) => socket.data.userId))]]),
  ]);
  const current = new Map(rows.map((row) => [row.id, row.accessVersion]));
  const changed: [ChatSocket, number][] = [];
  for (const socket of sockets) {
    const { sessionId, expiresAt, userId, accessVersion } = socket.data;
    const version = current.get(userId);
    if (!live.has(sessionId) || now > expiresAt + OVERTIME_MS || version === undefined) dismiss(socket);
    else if (version !== accessVersion) changed.push([socket, version]);
  }
  for (let from = 0; from < changed.length; from += AT_ONCE) {
    await Promise.all(changed.slice(from, from + AT_ONCE).map(([socket, version]) => resubscribe(socket, version)));
  }
}

/** Makes a socket hear its user's rooms and no others. It hears a room before the room is read, so that nothing falls between. */
async function resubscribe(socket: ChatSocket, version: number): Promise<void> {
  if (process.env.PARLEY_FAILPOINTS === "built-in" && defect("keep-listening")) return;
  const { userId, batch } = socket.data;
  const mine = new Set((await standing(userId)).heads.map(({ roomId }) => roomId));
  const half = batch ? batching : single;
  const heard = new Set([...socket.rooms].flatMap((name) => roomIdOf(name) ?? []));
  for (const roomId of heard) {
    if (mine.has(roomId)) continue;
    await socket.leave(half(roomId));
    socket.emit("room:removed", { roomId, reason: "removed" });
  }
  const unheard = [...mine].filter((roomId) => !heard.has(roomId));
  if (unheard.length) {
    await listenTo(socket, unheard.map(half));
    for (const room of await roomsOf(userId, unheard)) socket.emit("room:joined", { room });
  }
  socket.data.accessVersion = version;
}
