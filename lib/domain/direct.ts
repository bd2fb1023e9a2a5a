import cuid from "@bugsnag/cuid";
import { isUniqueViolation, query, type Statement, transaction } from "@/lib/infra/database";
import { service } from "@/lib/infra/registry";
import { invalid, isAppError, notFound } from "@/lib/protocol/errors";
import type { SendDirectInput } from "@/lib/protocol/events";
import { MAX_DM_MEMBERS } from "@/lib/protocol/limits";
import type { Message, Room } from "@/lib/protocol/objects";
import { addMembers, announceJoined, ownRoom } from "./membership";
import { send as sendToRoom } from "./messages";

const byKey: Statement<{ id: string }> = { name: "direct-by-key", text: `SELECT id FROM "Room" WHERE "dmKey" = $1` };

/** Who is in a conversation never changes, and it is never archived: its id may be remembered. */
const idService = service<Map<string, Promise<string>>>("direct-ids");
const MAX_IDS = 10_000;

const keyOf = (people: string[]) => people.join(" ");

function peopleOf(userId: string, others: string[]): string[] {
  const people = [...new Set([userId, ...others])].sort();
  if (people.length < 2) throw invalid({ userIds: "must name somebody other than yourself" });
  if (people.length > MAX_DM_MEMBERS) throw invalid({ userIds: `must be at most ${MAX_DM_MEMBERS - 1} people` });
  return people;
}

/** Finds the conversation of these people or makes it. */
async function findOrCreate(userId: string, people: string[]): Promise<{ id: string; created: boolean }> {
  const key = keyOf(people);
  const [known] = await query(byKey, [key]);
  if (known) return { id: known.id, created: false };
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
    return { id, created: true };
  } catch (error) {
    // Two of them opened it at the same moment: there is one now.
    if (!isUniqueViolation(error)) throw error;
    const [first] = await query(byKey, [key]);
    if (!first) throw error;
    return { id: first.id, created: false };
  }
}

/**
 * The direct conversation of exactly these people, opened if there is none.
 * @throws {AppError} `not_found` when one of them has no account, `invalid` for nobody else or more than eight.
 */
export async function open(userId: string, others: string[]): Promise<{ room: Room; created: boolean }> {
  const { id, created } = await findOrCreate(userId, peopleOf(userId, others));
  return { room: await ownRoom(userId, id), created };
}

/**
 * The id of these people's conversation. Asked for once: who stands in line for the answer is served in the order of
 * asking, so what somebody says in one go keeps its order.
 */
function idOf(userId: string, people: string[]): Promise<string> {
  const ids = idService.find() ?? idService.provide(new Map());
  const key = keyOf(people);
  const known = ids.get(key);
  if (known) return known;
  if (ids.size >= MAX_IDS) ids.clear();
  const asked = findOrCreate(userId, people).then(({ id }) => id);
  ids.set(key, asked);
  asked.catch(() => ids.delete(key));
  return asked;
}

/**
 * Sends to the direct conversation of these people, opening it first if there is none.
 * @throws {AppError} as `open` and `messages.send` do.
 */
export async function send(
  userId: string,
  input: SendDirectInput,
): Promise<{ message: Message; room: Room; created: boolean }> {
  const people = peopleOf(userId, input.userIds ?? [input.userId ?? ""]);
  const { clientId, content, fileIds } = input;
  const say = async () => sendToRoom(userId, { roomId: await idOf(userId, people), clientId, content, fileIds });
  const sent = await say().catch((error) => {
    // A restored backup may not know the conversation that is remembered here.
    if (!isAppError(error) || error.code !== "not_found" || !idService.find()?.delete(keyOf(people))) throw error;
    return say();
  });
  return { ...sent, room: await ownRoom(userId, sent.message.roomId) };
}
