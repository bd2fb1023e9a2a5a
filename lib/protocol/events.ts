import { z } from "zod";
import type { ErrorBody } from "./errors";
import { MAX_DM_MEMBERS, MAX_FILES, MAX_SYNC_ROOMS } from "./limits";
import { Me, Member, Message, PresenceState, Reactions, Room, User } from "./objects";
import { clientId, content, cursor, emoji, id, isBlank, rev, time } from "./primitives";

const empty = z.object({});
const fileIds = z.array(id).max(MAX_FILES, `must be at most ${MAX_FILES}`).optional();
const saysSomething = (input: { content: string; fileIds?: string[] | undefined }) =>
  !isBlank(input.content) || Boolean(input.fileIds?.length);
const needsContent = { path: ["content"], message: "must not be empty" };

export const SendInput = z
  .strictObject({ roomId: id, clientId, content, replyToId: id.optional(), threadId: id.optional(), fileIds })
  .refine(saysSomething, needsContent);
export type SendInput = z.infer<typeof SendInput>;

export const SendDirectInput = z
  .strictObject({
    userId: id.optional(),
    userIds: z
      .array(id)
      .min(1)
      .max(MAX_DM_MEMBERS - 1, `must be at most ${MAX_DM_MEMBERS - 1}`)
      .optional(),
    clientId,
    content,
    fileIds,
  })
  .refine((input) => (input.userId === undefined) !== (input.userIds === undefined), {
    path: ["userId"],
    message: "give either userId or userIds",
  })
  .refine(saysSomething, needsContent);
export type SendDirectInput = z.infer<typeof SendDirectInput>;

const editedContent = content.refine((value) => !isBlank(value), "must not be empty");
/** The body of a REST edit; the event names the message beside it. */
export const EditBody = z.strictObject({ content: editedContent });
export const EditInput = z.strictObject({ messageId: id, content: editedContent });
export type EditInput = z.infer<typeof EditInput>;
export const ReactInput = z.strictObject({ messageId: id, emoji, on: z.boolean().optional() });
export type ReactInput = z.infer<typeof ReactInput>;

export const SyncInput = z.strictObject({
  epoch: z.string().max(64).optional(),
  rooms: z.array(z.strictObject({ roomId: id, rev })).max(MAX_SYNC_ROOMS, `must be at most ${MAX_SYNC_ROOMS}`),
});
export type SyncInput = z.infer<typeof SyncInput>;

export const SyncRoom = z.object({
  roomId: id,
  /** The mark to ask from next: the newest `rev` contained in (or passed over by) this answer. */
  rev,
  /** By `rev`; when `limited`, the newest page by `seq`. */
  messages: z.array(Message),
  more: z.boolean(),
  limited: z.literal(true).optional(),
});
export type SyncRoom = z.infer<typeof SyncRoom>;

export const SyncOutput = z.object({
  epoch: z.string(),
  rooms: z.array(SyncRoom),
  joined: z.array(Room),
  left: z.array(id),
});
export type SyncOutput = z.infer<typeof SyncOutput>;

export const JoinOutput = z.object({
  room: Room,
  members: z.array(Member),
  online: z.array(id),
  messages: z.array(Message),
  older: cursor.nullable(),
});
export type JoinOutput = z.infer<typeof JoinOutput>;

const typing = z.strictObject({ roomId: id, threadId: id.optional() });

/** Client → server: what each event takes and what its acknowledgement carries. */
export const clientEvents = {
  "room:join": { input: z.strictObject({ roomId: id }), output: JoinOutput },
  "room:leave": { input: z.strictObject({ roomId: id }), output: empty },
  "message:send": { input: SendInput, output: z.object({ message: Message }) },
  "message:edit": { input: EditInput, output: z.object({ message: Message }) },
  "message:delete": { input: z.strictObject({ messageId: id }), output: z.object({ message: Message }) },
  "message:react": { input: ReactInput, output: z.object({ reactions: Reactions }) },
  "message:read": { input: z.strictObject({ messageId: id }), output: z.object({ roomId: id, lastReadSeq: rev }) },
  "typing:start": { input: typing, output: empty },
  "typing:stop": { input: typing, output: empty },
  "dm:send": { input: SendDirectInput, output: z.object({ message: Message, room: Room }) },
  sync: { input: SyncInput, output: SyncOutput },
  "presence:set": { input: z.strictObject({ state: PresenceState }), output: empty },
  "auth:refresh": {
    input: z.strictObject({ token: z.string().max(4_096) }),
    output: z.object({ expiresAt: time }),
  },
} as const;

export type ClientEvent = keyof typeof clientEvents;
export type ClientInput<E extends ClientEvent> = z.infer<(typeof clientEvents)[E]["input"]>;
export type ClientOutput<E extends ClientEvent> = z.infer<(typeof clientEvents)[E]["output"]>;

const heads = z.record(id, rev);
const errorBody = z.custom<ErrorBody>((value) => typeof value === "object" && value !== null && "code" in value);

/** Server → client: what each event carries. */
export const serverEvents = {
  hello: z.object({ epoch: z.string(), serverTime: time, user: Me, heads, online: z.array(id) }),
  heads: z.object({ heads }),
  "room:joined": z.object({ room: Room }),
  "room:user-joined": z.object({ roomId: id, user: User, by: id.optional() }),
  "room:user-left": z.object({ roomId: id, user: User, by: id.optional() }),
  "room:updated": z.object({ room: Room }),
  "room:removed": z.object({ roomId: id, reason: z.enum(["left", "removed", "banned", "archived"]) }),
  "message:new": z.object({ message: Message }),
  "message:batch": z.object({ roomId: id, messages: z.array(Message) }),
  "dm:new": z.object({ message: Message, room: Room }),
  "message:updated": z.object({ message: Message }),
  "message:deleted": z.object({ message: Message }),
  "message:reactions": z.object({ roomId: id, messageId: id, rev, reactions: Reactions }),
  "message:read": z.object({ roomId: id, userId: id, messageId: id, lastReadSeq: rev, readAt: time }),
  "typing:start": z.object({ roomId: id, threadId: id.optional(), user: User }),
  "typing:stop": z.object({ roomId: id, threadId: id.optional(), user: User }),
  "user:online": z.object({ userId: id, state: PresenceState }),
  "user:offline": z.object({ userId: id, lastSeenAt: time }),
  notification: z.object({
    kind: z.enum(["mention", "dm", "reply", "thread", "keyword"]),
    message: Message,
    room: Room,
  }),
  error: z.object({ event: z.string().optional(), error: errorBody }),
} as const;

export type ServerEvent = keyof typeof serverEvents;
export type ServerPayload<E extends ServerEvent> = z.infer<(typeof serverEvents)[E]>;

/** What every acknowledgement says. */
export type Ack<T> = { ok: true; data: T } | { ok: false; error: ErrorBody };

/** The typed event maps that Socket.io's server and client are made with. */
export type ClientToServer = {
  [E in ClientEvent]: (input: ClientInput<E>, ack?: (answer: Ack<ClientOutput<E>>) => void) => void;
};
export type ServerToClient = { [E in ServerEvent]: (payload: ServerPayload<E>) => void };

/** What a client says when it connects. `batch`: understands `message:batch`. */
export const Handshake = z.object({ token: z.string().max(4_096).optional(), batch: z.boolean().optional() });
export type Handshake = z.infer<typeof Handshake>;
