import type { Audience } from "@/lib/infra/publish";
import type { ChatSocket } from "./types";

/** Socket.io rooms. A room's sockets are in one of two, by whether they understand batches. */
export const batching = (roomId: string) => `b:${roomId}`;
export const single = (roomId: string) => `s:${roomId}`;
export const halves = (roomId: string) => [batching(roomId), single(roomId)];
export const personal = (userId: string) => `user:${userId}`;
export const ofSession = (sessionId: string) => `session:${sessionId}`;
/** Sockets whose reader is behind: they get messages, but neither typing nor presence. */
export const SLOW = "slow";

export function socketRooms(audience: Audience): string[] {
  if ("room" in audience) return halves(audience.room);
  if ("rooms" in audience) return audience.rooms.flatMap(halves);
  if ("users" in audience) return audience.users.map(personal);
  return [ofSession(audience.session)];
}

/**
 * Lets a socket hear these rooms, unless it has gone meanwhile: Socket.io would keep what a gone socket joins for ever, and
 * count it.
 */
export async function listenTo(socket: ChatSocket, socketRooms: string[]): Promise<void> {
  if (socket.connected) await socket.join(socketRooms);
}

/** The room's id of a Socket.io room, or undefined for the others. */
export function roomIdOf(socketRoom: string): string | undefined {
  return socketRoom.startsWith("b:") || socketRoom.startsWith("s:") ? socketRoom.slice(2) : undefined;
}
