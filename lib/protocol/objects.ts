import { z } from "zod";
import { emoji, id, rev, time } from "./primitives";

/** What the two sides exchange. Answers may grow: readers ignore fields they do not know. */

export const UserBrief = z.object({
  id,
  username: z.string(),
  name: z.string(),
  avatar: z.string().nullable(),
  bot: z.literal(true).optional(),
});
export type UserBrief = z.infer<typeof UserBrief>;

export const User = UserBrief.extend({
  status: z.object({ emoji: z.string(), text: z.string(), until: time.nullable() }).optional(),
  lastSeenAt: time.nullable().optional(),
});
export type User = z.infer<typeof User>;

export const Preferences = z.object({
  theme: z.enum(["system", "light", "dark"]),
  enterSends: z.boolean(),
  clock: z.enum(["auto", "12", "24"]),
});
export type Preferences = z.infer<typeof Preferences>;

export const ServerRole = z.enum(["owner", "admin", "member"]);
export type ServerRole = z.infer<typeof ServerRole>;

export const Me = User.extend({ email: z.string(), role: ServerRole, preferences: Preferences });
export type Me = z.infer<typeof Me>;

export const RoomRole = z.enum(["admin", "moderator", "member"]);
export type RoomRole = z.infer<typeof RoomRole>;

export const NotifyLevel = z.enum(["all", "mentions", "none"]);
export type NotifyLevel = z.infer<typeof NotifyLevel>;

/** The caller's own side of a room; left out where the caller is not a member. */
export const Membership = z.object({
  role: RoomRole,
  lastReadSeq: z.number().int(),
  /** Exact up to 99; 100 means "more than 99". */
  unread: z.number().int(),
  mentions: z.number().int(),
  notify: NotifyLevel,
  muted: z.boolean(),
  starred: z.boolean(),
});
export type Membership = z.infer<typeof Membership>;

export const Room = z.object({
  id,
  kind: z.enum(["room", "dm"]),
  /** Empty for a direct conversation, which is named by its members. */
  name: z.string(),
  description: z.string(),
  isPrivate: z.boolean(),
  createdBy: id.nullable(),
  createdAt: time,
  memberCount: z.number().int(),
  lastSeq: rev,
  rev,
  /** Time of the newest message; the room's creation when there is none. */
  lastMessageAt: time,
  /** A direct conversation's members; left out for rooms. */
  members: z.array(UserBrief).optional(),
  me: Membership.optional(),
});
export type Room = z.infer<typeof Room>;

export const Member = z.object({ user: User, role: RoomRole, joinedAt: time, online: z.boolean() });
export type Member = z.infer<typeof Member>;

export const File = z.object({
  id,
  url: z.string(),
  name: z.string(),
  mime: z.string(),
  size: z.number().int(),
  width: z.number().int().optional(),
  height: z.number().int().optional(),
  thumbUrl: z.string().optional(),
  blurhash: z.string().optional(),
  durationMs: z.number().int().optional(),
});
export type File = z.infer<typeof File>;

export const Reactions = z.array(z.object({ emoji, userIds: z.array(id) }));
export type Reactions = z.infer<typeof Reactions>;

export const MessageType = z.enum(["text", "image", "file", "voice", "poll", "call", "system"]);
export type MessageType = z.infer<typeof MessageType>;

export const ReplyTo = z.object({
  id,
  seq: rev,
  user: z.object({ id, username: z.string(), name: z.string() }),
  excerpt: z.string(),
});
export type ReplyTo = z.infer<typeof ReplyTo>;

export const Message = z.object({
  id,
  roomId: id,
  /** Place in the room: 1, 2, 3 … without gaps. */
  seq: rev,
  /** The room's change counter when this message last changed. */
  rev,
  clientId: z.string(),
  user: UserBrief,
  type: MessageType,
  content: z.string(),
  files: z.array(File),
  replyTo: ReplyTo.nullable(),
  threadId: id.nullable(),
  mentions: z.array(id),
  reactions: Reactions,
  createdAt: time,
  editedAt: time.nullable(),
  deletedAt: time.nullable(),
  pinnedAt: time.nullable(),
});
export type Message = z.infer<typeof Message>;

/** Plain text, never markup; `match` marks what was looked for. */
export const ExcerptPart = z.object({ text: z.string(), match: z.literal(true).optional() });
export type ExcerptPart = z.infer<typeof ExcerptPart>;

/** A found message with the stretch of its text in which it was found. */
export const SearchResult = Message.extend({ excerpt: z.array(ExcerptPart) });
export type SearchResult = z.infer<typeof SearchResult>;

/** A signed-in device. */
export const Session = z.object({
  id,
  /** The browser or client as the person would name it, made from its `User-Agent`. */
  device: z.string(),
  address: z.string(),
  createdAt: time,
  lastUsedAt: time,
  current: z.boolean(),
});
export type Session = z.infer<typeof Session>;

export const PresenceState = z.enum(["online", "away", "dnd", "invisible"]);
export type PresenceState = z.infer<typeof PresenceState>;
