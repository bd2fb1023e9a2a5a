import type { NotifyLevel, PresenceState, Room, RoomRole } from "../protocol/objects";
import type { UpdateRoomInput } from "../protocol/routes";

/**
 * Everything a person can do. What returns nothing shows its effect at once; what returns a promise rejects
 * with an `ApiError` whose `message` can be shown as it is. Optimistic ones take their effect back first.
 */
export interface Actions {
  /**
   * Puts a room on the screen: at once when it is cached, else its conversation says `loading`. With `messageId`
   * the stretch around that message is loaded and `conversation.target` names it; rejects only when that message
   * can't be shown, the room itself is open then. A room that can't be loaded says so by `conversation.status:
   * "error"`; call again to retry.
   */
  openRoom: (roomId: string, options?: { messageId?: string }) => Promise<void>;
  /** Takes a room off the screen: its "New" divider goes, and only its newest messages are kept. */
  closeRoom: (roomId: string) => void;
  loadOlder: (roomId: string) => Promise<void>;
  loadNewer: (roomId: string) => Promise<void>;
  /** Shows the stretch around a message of an open room; at once when it is loaded. */
  jumpTo: (roomId: string, messageId: string) => Promise<void>;
  /** Back to the newest message. */
  jumpToEnd: (roomId: string) => Promise<void>;
  /** Tells which message is in the middle of the view, whenever that changes. */
  lookAt: (roomId: string, messageId: string) => void;
  /** Loads the caller's rooms anew; the connection does this by itself. */
  loadRooms: () => Promise<void>;
  /** Loads the next page of members into `state.members` (the first when `restart` or nothing is loaded). */
  loadMembers: (roomId: string, options?: { restart?: boolean }) => Promise<void>;

  /** Shows the message as pending and stores it in the outbox; resolves with its `clientId` when it is safe there. */
  send: (roomId: string, content: string, options?: { replyToId?: string; fileIds?: string[] }) => Promise<string>;
  /** Sends a failed or held message again. */
  retry: (clientId: string) => Promise<void>;
  discard: (clientId: string) => Promise<void>;
  edit: (roomId: string, messageId: string, content: string) => Promise<void>;
  remove: (roomId: string, messageId: string) => Promise<void>;
  /** `on` left out: the opposite of what is shown. */
  react: (roomId: string, messageId: string, emoji: string, on?: boolean) => Promise<void>;

  /** Everything up to `seq` (the newest loaded message when left out) is read. Only moves up; sent at most once a second. */
  markRead: (roomId: string, seq?: number) => void;
  /** Everything from `seq` on is unread. */
  markUnread: (roomId: string, seq: number) => Promise<void>;
  /** Call on every keystroke (`true`) and when the composer is emptied (`false`). */
  setTyping: (roomId: string, typing: boolean) => void;
  setDraft: (roomId: string, text: string) => void;
  setPresence: (state: PresenceState) => Promise<void>;

  createRoom: (input: {
    name: string;
    description?: string;
    isPrivate?: boolean;
    memberIds?: string[];
  }) => Promise<Room>;
  joinRoom: (roomId: string) => Promise<Room>;
  leaveRoom: (roomId: string) => Promise<void>;
  /** Finds or opens the direct conversation with these people. */
  openDirect: (userIds: string[]) => Promise<Room>;
  updateRoom: (roomId: string, input: UpdateRoomInput) => Promise<Room>;
  archiveRoom: (roomId: string) => Promise<void>;
  /** The caller's own notify level, mute and star; shown at once, taken back on refusal. */
  setMembership: (roomId: string, input: { notify?: NotifyLevel; muted?: boolean; starred?: boolean }) => Promise<void>;
  addMember: (roomId: string, userId: string) => Promise<void>;
  setRole: (roomId: string, userId: string, role: RoomRole) => Promise<void>;
  removeMember: (roomId: string, userId: string, options?: { ban?: boolean }) => Promise<void>;
}
