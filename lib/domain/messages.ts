import { query, type Statement } from "@/lib/infra/database";
import { defect } from "@/lib/infra/failpoints";
import { AppError, invalid } from "@/lib/protocol/errors";
import type { SendInput } from "@/lib/protocol/events";
import type { Message } from "@/lib/protocol/objects";
import { hasRole, requireMessage } from "./access";
import { changeMessage } from "./changes";
import { mentionedNames } from "./mentions";
import { type Sent, sendMessage } from "./send-queue";
import * as typing from "./typing";

/**
 * Sends a message to a room or direct conversation; see `sendMessage` for what is promised.
 * @throws {AppError} `invalid` for files or threads that do not exist, and what `sendMessage` throws.
 */
export async function send(userId: string, input: SendInput): Promise<Sent> {
  if (input.fileIds?.length) throw invalid({ fileIds: "names a file that was not uploaded by you" });
  if (input.threadId !== undefined) throw invalid({ threadId: "names no thread of this room" });
  const { roomId, clientId, content, replyToId } = input;
  if (process.env.PARLEY_FAILPOINTS === "built-in" && defect("store-twice"))
    await sendMessage({ userId, roomId, clientId: `${clientId}~`, content, replyToId });
  if (process.env.PARLEY_FAILPOINTS === "built-in" && defect("reject-unhandled"))
    void Promise.reject(new Error("nobody handles this"));
  const sent = await sendMessage({ userId, roomId, clientId, content, replyToId });
  // Not waited for: what was typed must not hold up what was said.
  void typing.ended(userId, roomId).catch(() => {});
  return sent;
}

/**
 * Replaces the text of an own message; what it said before is kept as a version. The same text again changes nothing.
 * @throws {AppError} `not_found`, or `forbidden` for another's message.
 */
export async function edit(userId: string, input: { messageId: string; content: string }): Promise<Message> {
  const { messageId, content } = input;
  const updated = (message: Message) => ({ kind: "updated" as const, rev: message.rev, message });
  return changeMessage(userId, messageId, updated, async (client, target) => {
    if (target.authorId !== userId || target.type === "system") {
      throw new AppError("forbidden", "Only the author of a message can edit it.");
    }
    if (target.content === content) return false;
    await client.query({
      name: "edit-message",
      text: `
        WITH version AS (
          INSERT INTO "MessageVersion" ("messageId", rev, content, "editedAt")
          SELECT id, rev, content, clock_timestamp() FROM "Message" WHERE id = $1
        ), gone AS (
          DELETE FROM "Mention" WHERE "messageId" = $1
        )
        UPDATE "Message" SET content = $2, "editedAt" = clock_timestamp(), mentions = ARRAY(
          SELECT u.id FROM "User" u JOIN "RoomMember" m ON m."userId" = u.id AND m."roomId" = $4
          WHERE u.username = ANY($3::text[]) ORDER BY u.id) WHERE id = $1`,
      values: [messageId, content, mentionedNames(content), target.roomId],
    });
    await client.query({
      name: "edit-mentions",
      text: `INSERT INTO "Mention" ("userId", "roomId", seq, "messageId")
             SELECT named, "roomId", seq, id FROM "Message", unnest(mentions) named WHERE id = $1 AND named <> "userId"`,
      values: [messageId],
    });
    return true;
  });
}

/**
 * Deletes a message: its place stays, its text, versions, reactions and mentions go for good.
 * @throws {AppError} `not_found`, or `forbidden` for another's message without the role of a moderator.
 */
export async function remove(userId: string, messageId: string): Promise<Message> {
  const deleted = (message: Message) => ({ kind: "deleted" as const, rev: message.rev, message });
  return changeMessage(userId, messageId, deleted, async (client, target) => {
    const moderates = target.kind === "room" && hasRole(target.role, "moderator");
    if (target.authorId !== userId && !moderates) {
      throw new AppError("forbidden", "Only the author or a moderator can delete a message.");
    }
    await client.query({
      name: "delete-message",
      text: `
        WITH reactions AS (DELETE FROM "Reaction" WHERE "messageId" = $1),
             versions AS (DELETE FROM "MessageVersion" WHERE "messageId" = $1),
             named AS (DELETE FROM "Mention" WHERE "messageId" = $1)
        UPDATE "Message" SET content = '', mentions = '{}', "deletedAt" = clock_timestamp(), "pinnedAt" = NULL WHERE id = $1`,
      values: [messageId],
    });
    return true;
  });
}

const versionsOf: Statement<{ content: string; editedAt: Date }> = {
  name: "message-versions",
  text: `SELECT content, "editedAt" FROM "MessageVersion" WHERE "messageId" = $1 ORDER BY rev LIMIT 100`,
};

/**
 * What an edited message said before, oldest first; `editedAt` is when each was replaced. At most 100.
 * @throws {AppError} `not_found`
 */
export async function history(userId: string, messageId: string): Promise<{ content: string; editedAt: string }[]> {
  await requireMessage(userId, messageId);
  const rows = await query(versionsOf, [messageId]);
  return rows.map(({ content, editedAt }) => ({ content, editedAt: editedAt.toISOString() }));
}
