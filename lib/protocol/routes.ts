import { z } from "zod";
import { EditBody, SendInput } from "./events";
import { MAX_DM_MEMBERS } from "./limits";
import { Me, Member, Message, NotifyLevel, Preferences, Room, RoomRole, SearchResult, Session, User } from "./objects";
import {
  count,
  cursor,
  displayName,
  email,
  emoji,
  id,
  limit,
  password,
  rev,
  roomDescription,
  roomName,
  text,
  time,
  username,
} from "./primitives";

const none = z.strictObject({});
const next = cursor.nullable();
const page = { cursor: cursor.optional(), limit };
const noContent = z.undefined();

export const RegisterInput = z.strictObject({ email, username, name: displayName.optional(), password });
export type RegisterInput = z.infer<typeof RegisterInput>;
/** Bounds only: a login must not tell which rule a password breaks. */
export const LoginInput = z.strictObject({ login: z.string().min(1).max(254), password: z.string().min(1).max(1_000) });
export type LoginInput = z.infer<typeof LoginInput>;
const RefreshInput = z.strictObject({ refreshToken: z.string().max(200).optional() });
const Tokens = z.object({ accessToken: z.string(), expiresAt: time, refreshToken: z.string().optional() });

export const UpdateMeInput = z
  .strictObject({
    name: displayName.optional(),
    username: username.optional(),
    avatar: z.null().optional(),
    status: z
      .strictObject({
        emoji: emoji.or(z.literal("")),
        text: text.refine((value) => value.length <= 100, "must be at most 100 characters"),
        until: time.nullable(),
      })
      .nullable()
      .optional(),
    preferences: Preferences.partial().strict().optional(),
    password: password.optional(),
    currentPassword: z.string().max(1_000).optional(),
  })
  .refine((input) => input.password === undefined || input.currentPassword !== undefined, {
    path: ["currentPassword"],
    message: "is needed to set a new password",
  });
export type UpdateMeInput = z.infer<typeof UpdateMeInput>;

export const CreateRoomInput = z.strictObject({
  name: roomName,
  description: roomDescription.optional(),
  isPrivate: z.boolean().optional(),
  memberIds: z.array(id).max(100, "must be at most 100").optional(),
});
export type CreateRoomInput = z.infer<typeof CreateRoomInput>;
export const UpdateRoomInput = z.strictObject({
  name: roomName.optional(),
  description: roomDescription.optional(),
  isPrivate: z.boolean().optional(),
});
export type UpdateRoomInput = z.infer<typeof UpdateRoomInput>;
export const UpdateMembershipInput = z.strictObject({
  notify: NotifyLevel.optional(),
  muted: z.boolean().optional(),
  starred: z.boolean().optional(),
  lastReadSeq: rev.optional(),
});
export type UpdateMembershipInput = z.infer<typeof UpdateMembershipInput>;

/** `around`, `since` and `cursor` name three different pages: at most one of them. */
export const ListMessagesQuery = z
  .strictObject({ roomId: id, around: id.optional(), since: count.optional(), cursor: cursor.optional(), limit })
  .refine((query) => [query.around, query.since, query.cursor].filter((value) => value !== undefined).length <= 1, {
    path: ["cursor"],
    message: "give at most one of cursor, around and since",
  });
export type ListMessagesQuery = z.infer<typeof ListMessagesQuery>;

export const SearchHas = z.enum(["image", "file", "voice", "poll", "link"]);
export type SearchHas = z.infer<typeof SearchHas>;

/** A day (its beginning, in UTC) or a moment. */
export const searchTime = z
  .string()
  .max(40)
  .refine(
    (value) => /^\d{4}-\d{2}-\d{2}($|T)/.test(value) && !Number.isNaN(Date.parse(value)),
    "must be a day such as 2026-01-31, or a time in ISO 8601",
  )
  .transform((value) => new Date(value));

/** The operators of `q` (`from:` `in:` `has:` `before:` `after:`) say the same as the parameters beside it; all of them hold. */
export const SearchInput = z.strictObject({
  q: text.refine((value) => value.length <= 500, "must be at most 500 characters").optional(),
  roomId: id.optional(),
  /** A username, an id, or `me`. */
  from: z.string().min(1).max(64).optional(),
  before: searchTime.optional(),
  after: searchTime.optional(),
  has: SearchHas.optional(),
  ...page,
});
export type SearchInput = z.infer<typeof SearchInput>;

/** `older` leads to the page above, `newer` to the page below; null where the room ends. */
export const MessagePage = z.object({ messages: z.array(Message), older: cursor.nullable(), newer: cursor.nullable() });
export type MessagePage = z.infer<typeof MessagePage>;
export const MessageChanges = z.object({ messages: z.array(Message), rev, more: z.boolean() });
export type MessageChanges = z.infer<typeof MessageChanges>;
export const RoomDetails = z.object({ room: Room, members: z.array(Member), next });
export type RoomDetails = z.infer<typeof RoomDetails>;

export interface RouteSpec {
  params?: z.ZodType;
  query?: z.ZodType;
  body?: z.ZodType;
  output: z.ZodType;
  /** The status of a success; 200 when left out. */
  status?: number;
  summary: string;
}

const byId = z.strictObject({ id });
const byUser = z.strictObject({ id, userId: id });

/** REST: what each route takes and answers. The key is the method and the path, as Next names its parameters. */
export const routes = {
  "POST /api/auth/register": {
    body: RegisterInput,
    output: Tokens.extend({ user: Me }),
    status: 201,
    summary: "Create an account and sign in",
  },
  "POST /api/auth/login": {
    body: LoginInput,
    output: Tokens.extend({ user: Me }),
    summary: "Sign in by email or username",
  },
  "POST /api/auth/refresh": { body: RefreshInput, output: Tokens, summary: "Exchange the refresh token for new ones" },
  "POST /api/auth/logout": { output: noContent, status: 204, summary: "End the session" },
  "GET /api/auth/sessions": {
    output: z.object({ sessions: z.array(Session) }),
    summary: "The caller's signed-in devices",
  },
  "DELETE /api/auth/sessions/[id]": { params: byId, output: noContent, status: 204, summary: "Sign a device out" },

  "GET /api/me": { output: z.object({ user: Me }), summary: "The caller" },
  "PATCH /api/me": {
    body: UpdateMeInput,
    output: z.object({ user: Me }),
    summary: "Change profile, status, preferences or password",
  },
  "GET /api/users": {
    query: z.strictObject({ q: text.optional(), ...page }),
    output: z.object({ users: z.array(User), next }),
    summary: "People, by the beginning of a username or name",
  },
  "GET /api/users/[id]": { params: byId, output: z.object({ user: User }), summary: "One person" },

  "GET /api/rooms": {
    query: z.strictObject({ scope: z.literal("public").optional(), q: text.optional(), ...page }),
    output: z.object({ rooms: z.array(Room), next: next.optional() }),
    summary: "The caller's rooms and direct conversations, or public rooms to browse",
  },
  "POST /api/rooms": { body: CreateRoomInput, output: z.object({ room: Room }), status: 201, summary: "Create a room" },
  "GET /api/rooms/[id]": { params: byId, output: RoomDetails, summary: "A room with the first page of its members" },
  "PATCH /api/rooms/[id]": {
    params: byId,
    body: UpdateRoomInput,
    output: z.object({ room: Room }),
    summary: "Rename or describe a room",
  },
  "DELETE /api/rooms/[id]": { params: byId, output: noContent, status: 204, summary: "Archive a room" },
  "POST /api/rooms/[id]/join": {
    params: byId,
    body: none,
    output: z.object({ room: Room }),
    summary: "Join a public room",
  },
  "DELETE /api/rooms/[id]/leave": { params: byId, output: noContent, status: 204, summary: "Leave a room" },
  "PATCH /api/rooms/[id]/me": {
    params: byId,
    body: UpdateMembershipInput,
    output: z.object({ room: Room }),
    summary: "Own notify level, mute, star and read mark",
  },
  "GET /api/rooms/[id]/members": {
    params: byId,
    query: z.strictObject(page),
    output: z.object({ members: z.array(Member), next }),
    summary: "A room's members",
  },
  "POST /api/rooms/[id]/members": {
    params: byId,
    body: z.strictObject({ userId: id }),
    output: z.object({ member: Member }),
    status: 201,
    summary: "Add a person",
  },
  "PATCH /api/rooms/[id]/members/[userId]": {
    params: byUser,
    body: z.strictObject({ role: RoomRole }),
    output: z.object({ member: Member }),
    summary: "Change a member's role",
  },
  "DELETE /api/rooms/[id]/members/[userId]": {
    params: byUser,
    body: z.strictObject({ ban: z.boolean().optional() }),
    output: noContent,
    status: 204,
    summary: "Remove a member",
  },
  "POST /api/dms": {
    body: z.strictObject({
      userIds: z
        .array(id)
        .min(1)
        .max(MAX_DM_MEMBERS - 1, `must be at most ${MAX_DM_MEMBERS - 1}`),
    }),
    output: z.object({ room: Room }),
    status: 201,
    summary: "Open the direct conversation with these people (200 when it existed)",
  },

  "GET /api/messages": {
    query: ListMessagesQuery,
    output: z.union([MessagePage, MessageChanges]),
    summary: "A page of a room, or its changes since a rev",
  },
  "POST /api/messages": {
    body: SendInput,
    output: z.object({ message: Message }),
    status: 201,
    summary: "Send a message (200 for a repeated clientId)",
  },
  "PATCH /api/messages/[id]": {
    params: byId,
    body: EditBody,
    output: z.object({ message: Message }),
    summary: "Edit an own message",
  },
  "DELETE /api/messages/[id]": { params: byId, output: z.object({ message: Message }), summary: "Delete a message" },
  "GET /api/messages/[id]/reads": {
    params: byId,
    query: z.strictObject(page),
    output: z.object({ reads: z.array(z.object({ user: User, readAt: time })), next }),
    summary: "Who has read a message",
  },
  "GET /api/messages/[id]/history": {
    params: byId,
    output: z.object({ versions: z.array(z.object({ content: z.string(), editedAt: time })) }),
    summary: "Earlier versions of an edited message",
  },

  "GET /api/search": {
    query: SearchInput,
    output: z.object({ messages: z.array(SearchResult), next }),
    summary: "Messages of the caller's rooms, by their words",
  },
} as const satisfies Record<string, RouteSpec>;

export type RouteName = keyof typeof routes;
type Field<R extends RouteName, F extends "params" | "query" | "body"> = (typeof routes)[R] extends {
  [K in F]: infer S extends z.ZodType;
}
  ? z.infer<S>
  : undefined;
export type RouteParams<R extends RouteName> = Field<R, "params">;
export type RouteQuery<R extends RouteName> = Field<R, "query">;
export type RouteBody<R extends RouteName> = Field<R, "body">;
export type RouteOutput<R extends RouteName> = z.infer<(typeof routes)[R]["output"]>;
