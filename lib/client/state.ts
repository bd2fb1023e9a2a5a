import type { Me, Member, Message, PresenceState, ReplyTo, Room, User, UserBrief } from "../protocol/objects";

/**
 * What the browser knows. Everything is immutable: whoever selects a part of it is redrawn only when that
 * part's reference changes, so one changed message means one new `Message` object and one redrawn row.
 */
export interface ChatState {
  /** The signed-in person; null until the greeting arrives, and after signing out. */
  me: Me | null;
  connection: Connection;
  /** The caller's rooms and direct conversations, `me.unread` and `me.mentions` kept current. */
  rooms: ReadonlyMap<string, Room>;
  /** Whether `rooms` is the whole list yet. */
  roomsStatus: LoadStatus;
  roomsError: string | null;
  conversations: ReadonlyMap<string, Conversation>;
  /** Rooms on the screen. */
  inView: ReadonlySet<string>;
  /** Own messages that are not stored yet, oldest first, by room. Drawn after the stored ones, keyed by `clientId`. */
  pending: ReadonlyMap<string, readonly PendingMessage[]>;
  members: ReadonlyMap<string, MemberList>;
  /** Everybody met so far: authors, members, people of direct conversations. */
  users: ReadonlyMap<string, User>;
  /** Who is not in here is offline and was never seen leaving. */
  presence: ReadonlyMap<string, Presence>;
  /** Who types where, by room; the caller is never among them. */
  typing: ReadonlyMap<string, readonly Typist[]>;
  /** Unsent text of the composer, by room. */
  drafts: ReadonlyMap<string, string>;
  /** The newest `notification` of the server, for sounds and desktop notifications. */
  notice: Notice | null;
  /** Bookkeeping of sync and unread counts; not for drawing. */
  marks: ReadonlyMap<string, Mark>;
  /** The database's life that `conversations` and `marks` belong to. */
  epoch: string | null;
}

export type LoadStatus = "idle" | "loading" | "ready" | "error";

export interface Connection {
  /** `offline`: the device has no network; `reconnecting`: it has, but the server does not answer. */
  state: "connecting" | "online" | "reconnecting" | "offline" | "signed-out";
  /** Own messages that wait to be sent, failed ones not counted. */
  waiting: number;
}

/** One contiguous stretch of a room: every place between the first and the last message is present. */
export interface Conversation {
  roomId: string;
  status: LoadStatus;
  /** What to tell the reader when `status` is `error`. */
  error: string | null;
  /** By `seq`, oldest first. Deleted ones are included: whether their place is shown is a matter of drawing. */
  messages: readonly Message[];
  older: Edge;
  /** `more: false`: the stretch ends at the room's newest message and grows by itself. */
  newer: Edge;
  /**
   * Where "New" stands: above the first message of somebody else whose `seq` is greater. Fixed when the room
   * is opened, until it is left; null when everything had been read.
   */
  dividerSeq: number | null;
  /** The message that was asked for last (a link, a search result, a quote), to scroll to and highlight. */
  target: { messageId: string; at: number } | null;
}

export interface Edge {
  more: boolean;
  /** The server's page mark; null with `more` means that the page is asked for around the outermost message. */
  cursor: string | null;
  status: "idle" | "loading" | "error";
}

export interface PendingMessage {
  clientId: string;
  roomId: string;
  content: string;
  replyTo: ReplyTo | null;
  fileIds?: readonly string[];
  /** When Enter was pressed, by this device's clock, in ms. */
  createdAt: number;
  /** `held`: older than a day, sent only when the person says so (`retry`). */
  state: "waiting" | "sending" | "failed" | "held";
  /** Why it failed, for people. */
  error: string | null;
}

export interface MemberList {
  members: readonly Member[];
  next: string | null;
  /** `idle`: not asked for yet, or somebody may have come or gone unheard since. */
  status: LoadStatus;
  /** Somebody came or went while it was being loaded: the answer may not know yet. */
  changed: boolean;
}

export interface Presence {
  state: PresenceState | "offline";
  lastSeenAt: string | null;
}

export interface Typist {
  user: UserBrief;
  threadId: string | null;
}

export interface Notice {
  kind: "mention" | "dm" | "reply" | "thread" | "keyword";
  message: Message;
  room: Room;
}

/**
 * How far a room is known. `rev`: every change up to here is applied to whatever is held of the room.
 * `base`: the server's own counts, true at `base.rev` (then the newest message was `base.seq`) for a reader
 * at `base.readSeq`. `recent`: every message after `base.seq`. See `unread.ts`.
 */
export interface Mark {
  rev: number;
  base: CountBase;
  recent: readonly RecentRow[];
  /** Up to where the person has read, as the server said last. */
  readSeq: number;
  /** The newest change whose effect on the counts could not be derived; counts are asked for anew when above `base.rev`. */
  unclearRev: number;
  /** A read mark of this device that the server has not confirmed yet. */
  reading: number | null;
}

export interface CountBase {
  rev: number;
  seq: number;
  readSeq: number;
  unread: number;
  mentions: number;
}

export interface RecentRow {
  seq: number;
  /** Of the newest change of its message. */
  rev: number;
  /** Somebody else's and not deleted. */
  counts: boolean;
  mentionsMe: boolean;
}
