import cuid from "@bugsnag/cuid";
import { isUniqueViolation, query, type Statement, transaction } from "@/lib/infra/database";
import { invalid, notFound } from "@/lib/protocol/errors";
import type { SendDirectInput } from "@/lib/protocol/events";
import { MAX_DM_MEMBERS } from "@/lib/protocol/limits";
import type { Message, Room } from "@/lib/protocol/objects";
import { addMembers, announceJoined, ownRoom } from "./membership";
import { send as sendToRoom } from "./messages";

const byKey: Statement<{ id: string }> = { name: "direct-by-key", text: `SELECT id FROM "Room" WHERE "dmKey" = $1` };

function peopleOf(userId: string, others: string[]): string[] {
  const people = [...new Set([userId, ...others])].sort();
  if (people.length < 2) throw invalid({ userIds: "must name somebody other than yourself" });
  if (people.length > MAX_DM_MEMBERS) throw invalid({ userIds: `must be at most ${MAX_DM_MEMBERS - 1} people` });
  return people;
}

/**
 * The direct conversation of exactly these people, opened if there is none.
 * @throws {AppError} `not_found` when one of them has no account, `invalid` for nobody else or more than eight.
 */
export async function open(userId: string, others: string[]): Promise<{ room: Room; created: boolean }> {
  const people = peopleOf(userId, others);
  const key = people.join(" ");
  const [known] = await query(byKey, [key]);
  if (known) return { room: await ownRoom(userId, known.id), created: false };
  try {
    const id = cuid();
    await transaction(async (client) => {
      await client.query(
        `INSERT INTO "Room" (id, kind, "isPrivate", "dmKey", "createdById") VALUES ($1, 'dm', true, $2, $3)`,
        [id, key, userId],
      );
      const added = await addMembers(client, id, people);
      if (added.length < people.length) throw notFound("One of these people");
    });
    await announceJoined(id, people, userId);
    return { room: await ownRoom(userId, id), created: true };
  } catch (error) {
    // Two of them opened it at the same moment: there is one now.
    if (!isUniqueViolation(error)) throw error;
    const [first] = await query(byKey, [key]);
    if (!first) throw error;
    return { room: await ownRoom(userId, first.id), created: false };
  }
}

/**
 * Sends to the direct conversation of these people, opening it first if there is none.
 * @throws {AppError} as `open` and `messages.send` do.
 */
export async function send(
  userId: string,
  input: SendDirectInput,
): Promise<{ message: Message; room: Room; created: boolean }> {
  const { room } = await open(userId, input.userIds ?? [input.userId ?? ""]);
  const { clientId, content, fileIds } = input;
  const { message, created } = await sendToRoom(userId, { roomId: room.id, clientId, content, fileIds });
  const { seq, rev, createdAt } = message;
  return {
    message,
    room: created ? { ...room, lastSeq: seq, rev, lastMessageAt: createdAt } : room,
    created,
  };
}
