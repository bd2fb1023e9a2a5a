import type { ServerEvent, ServerPayload } from "@/lib/protocol/events";
import type { Message, Reactions, Room } from "@/lib/protocol/objects";
import { service } from "./registry";

/** One committed change of a room's messages, as it is announced. */
export type RoomChange =
  | { kind: "new"; rev: number; message: Message }
  | { kind: "updated" | "deleted"; rev: number; message: Message }
  | { kind: "reactions"; rev: number; messageId: string; reactions: Reactions };

/** Whom an event is for. */
export type Audience =
  | { room: string; exceptUser?: string }
  | { rooms: string[] }
  | { users: string[] }
  | { session: string };

/**
 * Tells every replica's sockets. Nothing here waits or throws: what an outage swallows is caught up by the
 * comparison of heads, so callers publish after their commit and go on.
 */
export interface Publisher {
  /**
   * Announces committed changes of one room, in `rev` order. A direct conversation's new messages go to the personal
   * rooms of its members (`dm:new`) instead of to the room.
   */
  changes(roomId: string, changes: RoomChange[], direct?: Room): void;
  emit<E extends ServerEvent>(audience: Audience, event: E, payload: ServerPayload<E>): void;
  /** Subscribes the sockets of these users to a room. */
  join(userIds: string[], roomId: string): void;
  /** Ends the subscription of a user's sockets, or of everybody's. */
  leave(userIds: string[] | "everyone", roomId: string): void;
  /** Closes the sockets of an ended session, or all of a user's, with `error` `unauthorized`. */
  disconnect(whom: { session: string } | { user: string }): void;
}

export const publisher = service<Publisher>("publisher");
