import { AppError } from "@/lib/protocol/errors";
import type { ReactInput } from "@/lib/protocol/events";
import type { Reactions } from "@/lib/protocol/objects";
import { changeMessage } from "./changes";

/** Different emoji that one message can carry. */
const MAX_EMOJI = 50;

/**
 * Sets, takes back or (with `on` left out) toggles one's reaction.
 * @throws {AppError} `not_found`, or `conflict` when the message carries 50 different emoji already.
 */
export async function react(userId: string, { messageId, emoji, on }: ReactInput): Promise<Reactions> {
  const message = await changeMessage(
    userId,
    messageId,
    ({ rev, reactions }) => ({ kind: "reactions", rev, messageId, reactions }),
    async (client) => {
      const { rows } = await client.query<{ mine: boolean; different: number; known: boolean }>({
        name: "reaction-state",
        text: `SELECT coalesce(bool_or(emoji = $2 AND "userId" = $3), false) AS mine,
                      count(DISTINCT emoji)::int AS different, coalesce(bool_or(emoji = $2), false) AS known
               FROM "Reaction" WHERE "messageId" = $1`,
        values: [messageId, emoji, userId],
      });
      const { mine = false, different = 0, known = false } = rows[0] ?? {};
      const wanted = on ?? !mine;
      if (wanted === mine) return false;
      if (wanted && !known && different >= MAX_EMOJI) {
        throw new AppError("conflict", `A message can carry ${MAX_EMOJI} different emoji. Use one that is there.`);
      }
      await client.query(
        wanted
          ? {
              name: "reaction-add",
              text: `INSERT INTO "Reaction" ("messageId", emoji, "userId", "createdAt") VALUES ($1, $2, $3, clock_timestamp())`,
              values: [messageId, emoji, userId],
            }
          : {
              name: "reaction-remove",
              text: `DELETE FROM "Reaction" WHERE "messageId" = $1 AND emoji = $2 AND "userId" = $3`,
              values: [messageId, emoji, userId],
            },
      );
      return true;
    },
  );
  return message.reactions;
}
