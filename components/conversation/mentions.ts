import type { UserBrief } from "@/lib/protocol/objects";

/** The same rule by which the server finds them. */
const mention = /(?<![\p{L}\p{N}_./@-])@([a-z0-9][a-z0-9._-]{1,30}[a-z0-9])/giu;

export type MentionPart = string | { username: string; userId: string | null };

/** Who a message mentions, by username; null stands for "somebody, not known here yet". */
export type Mentioned = (username: string) => { userId: string | null } | undefined;

/**
 * Looks names up among the people that the server found in the message. While some of them are unknown here, a name
 * that fits nobody else is taken for one of those.
 */
export function mentionedIn(ids: readonly string[], users: ReadonlyMap<string, UserBrief>): Mentioned {
  const known = new Map<string, string>();
  let unknown = 0;
  for (const id of ids) {
    const user = users.get(id);
    if (user) known.set(user.username.toLowerCase(), id);
    else unknown++;
  }
  return (username) => {
    const userId = known.get(username.toLowerCase());
    if (userId) return { userId };
    return unknown > 0 ? { userId: null } : undefined;
  };
}

/** Splits a text at its mentions. */
export function splitMentions(text: string, mentioned: Mentioned): MentionPart[] {
  const parts: MentionPart[] = [];
  let end = 0;
  for (const match of text.matchAll(mention)) {
    const username = match[1] ?? "";
    const person = mentioned(username);
    if (!person) continue;
    if (match.index > end) parts.push(text.slice(end, match.index));
    parts.push({ username, userId: person.userId });
    end = match.index + match[0].length;
  }
  if (end < text.length) parts.push(text.slice(end));
  return parts;
}
