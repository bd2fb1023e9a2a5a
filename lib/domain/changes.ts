import type { PoolClient } from "pg";
import { transaction } from "@/lib/infra/database";
import { defect, failpoint } from "@/lib/infra/failpoints";
import { publisher, type RoomChange } from "@/lib/infra/publish";
import { AppError, notFound } from "@/lib/protocol/errors";
import type { Message, MessageType, Room, RoomRole } from "@/lib/protocol/objects";
import { requireMessage } from "./access";
import { inLane } from "./lanes";
import { type MessageRow, messageView, selectMessages } from "./message-view";

/** A message about to change, its room locked: nothing else can change either until the end. */
export interface Target {
  id: string;
  roomId: string;
  seq: number;
  kind: Room["kind"];
  role: RoomRole;
  authorId: string;
  type: MessageType;
  content: string;
}

const nextNumber =
  process.env.PARLEY_FAILPOINTS === "built-in" && defect("burn-number")
    ? 'rev = rev + 2, "lastSeq" = "lastSeq" + 1'
    : "rev = rev + 1";

/** Locks a room that is not archived until the transaction ends; false when there is none. */
export async function lockRoom(client: PoolClient, roomId: string): Promise<boolean> {
  const { rowCount } = await client.query({
    name: "lock-room",
    text: `SELECT FROM "Room" WHERE id = $1 AND "archivedAt" IS NULL FOR NO KEY UPDATE`,
    values: [roomId],
  });
  return rowCount === 1;
}

const targetColumns = `
  SELECT m.id, m."roomId", m.seq::float8 AS seq, r.kind, me.role, m."userId" AS "authorId", m.type, m.content, m."deletedAt"
  FROM "Message" m JOIN "Room" r ON r.id = m."roomId"
  JOIN "RoomMember" me ON me."roomId" = m."roomId" AND me."userId" = $2
  WHERE m.id = $1`;

/**
 * Changes a message: locks its room, looks again, lets `work` write, stamps the room's next `rev` on the message and
 * announces it after the commit. `work` returns false when nothing is to change; then no number is taken. A deleted
 * message no longer changes.
 * @throws {AppError} `not_found` for a stranger or a deleted message, and what `work` throws.
 */
export async function changeMessage(
  userId: string,
  messageId: string,
  announce: (message: Message) => RoomChange,
  work: (client: PoolClient, target: Target) => Promise<boolean>,
): Promise<Message> {
  const { roomId } = await requireMessage(userId, messageId);
  return inLane(roomId, async () => {
    const { message, changed } = await transaction(async (client) => {
      if (!(await lockRoom(client, roomId))) throw notFound("This message");
      failpoint("locked");
      const { rows } = await client.query<Target & { deletedAt: Date | null }>({
        name: "change-target",
        text: targetColumns,
        values: [messageId, userId],
      });
      const target = rows[0];
      if (!target) throw notFound("This message");
      if (target.deletedAt) throw new AppError("not_found", "This message was deleted.");
      const changed = await work(client, target);
      if (changed) {
        await client.query({
          name: "stamp-message",
          text: `WITH room AS (UPDATE "Room" SET ${nextNumber} WHERE id = $2 RETURNING rev)
                 UPDATE "Message" SET rev = room.rev FROM room WHERE "Message".id = $1`,
          values: [messageId, roomId],
        });
      }
      const view = await client.query<MessageRow>({
        name: "change-result",
        text: `${selectMessages} WHERE m.id = $1`,
        values: [messageId],
      });
      failpoint("before-commit");
      return { message: messageView(view.rows[0] as MessageRow), changed };
    });
    failpoint("after-commit");
    if (changed) publisher.get().changes(roomId, [announce(message)]);
    failpoint("after-publish");
    return message;
  });
}
