import type { Message, MessageType, Reactions, ReplyTo } from "@/lib/protocol/objects";

/** Characters of the original that a reply quotes. */
export const EXCERPT = 160;

export interface MessageRow {
  id: string;
  roomId: string;
  seq: string;
  rev: string;
  clientId: string;
  type: MessageType;
  content: string;
  threadId: string | null;
  mentions: string[];
  createdAt: Date;
  editedAt: Date | null;
  deletedAt: Date | null;
  pinnedAt: Date | null;
  userId: string;
  username: string;
  userName: string;
  userAvatar: string | null;
  userIsBot: boolean;
  replyId: string | null;
  replySeq: string | null;
  replyExcerpt: string | null;
  replyUserId: string | null;
  replyUsername: string | null;
  replyUserName: string | null;
  reactions: Reactions | null;
}

/** Every column of a message and all that is shown with it; `m` is the message. Follow it by WHERE and LIMIT. */
export const selectMessages = `
  SELECT m.id, m."roomId", m.seq, m.rev, m."clientId", m.type, m.content, m."threadId", m.mentions,
         m."createdAt", m."editedAt", m."deletedAt", m."pinnedAt", m."userId",
         u.username, u.name AS "userName", u.avatar AS "userAvatar", u."isBot" AS "userIsBot",
         q.id AS "replyId", q.seq AS "replySeq", left(q.content, ${EXCERPT}) AS "replyExcerpt",
         q."userId" AS "replyUserId", qu.username AS "replyUsername", qu.name AS "replyUserName",
         (SELECT json_agg(json_build_object('emoji', g.emoji, 'userIds', g.ids) ORDER BY g.first, g.emoji)
          FROM (SELECT x.emoji, array_agg(x."userId" ORDER BY x."createdAt", x."userId") AS ids, min(x."createdAt") AS first
                FROM "Reaction" x WHERE x."messageId" = m.id GROUP BY x.emoji) g) AS reactions
  FROM "Message" m
  JOIN "User" u ON u.id = m."userId"
  LEFT JOIN "Message" q ON q.id = m."replyToId"
  LEFT JOIN "User" qu ON qu.id = q."userId"`;

const iso = (time: Date | null) => time?.toISOString() ?? null;

function replyView(row: MessageRow): ReplyTo | null {
  if (row.replyId === null || row.replyUserId === null) return null;
  return {
    id: row.replyId,
    seq: Number(row.replySeq),
    user: { id: row.replyUserId, username: row.replyUsername ?? "", name: row.replyUserName ?? "" },
    excerpt: row.replyExcerpt ?? "",
  };
}

export function messageView(row: MessageRow): Message {
  return {
    id: row.id,
    roomId: row.roomId,
    seq: Number(row.seq),
    rev: Number(row.rev),
    clientId: row.clientId,
    user: {
      id: row.userId,
      username: row.username,
      name: row.userName,
      avatar: row.userAvatar,
      ...(row.userIsBot && { bot: true as const }),
    },
    type: row.type,
    content: row.content,
    files: [],
    replyTo: replyView(row),
    threadId: row.threadId,
    mentions: row.mentions,
    reactions: row.reactions ?? [],
    createdAt: row.createdAt.toISOString(),
    editedAt: iso(row.editedAt),
    deletedAt: iso(row.deletedAt),
    pinnedAt: iso(row.pinnedAt),
  };
}
