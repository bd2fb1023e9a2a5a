import type { UserBrief } from "@/lib/protocol/objects";

export interface MentionQuery {
  /** Where the `@` stands. */
  start: number;
  /** What was typed after it, lower-cased. */
  text: string;
}

/** The mention that is being typed at the caret; null when there is none. */
export function mentionAt(text: string, caret: number): MentionQuery | null {
  const match = /(?:^|[\s(])@([\p{L}\p{N}._-]{0,32})$/u.exec(text.slice(0, caret));
  if (!match) return null;
  const typed = match[1] ?? "";
  return { start: caret - typed.length - 1, text: typed.toLowerCase() };
}

/** Puts the name in place of what was typed, and the caret behind it. */
export function complete(text: string, caret: number, query: MentionQuery, username: string) {
  const before = `${text.slice(0, query.start)}@${username} `;
  return { text: before + text.slice(caret).replace(/^ /, ""), caret: before.length };
}

/**
 * The best few for what was typed: a username that begins with it, then a name with a word that does, then whatever
 * contains it. Equals keep the order in which they were given.
 */
export function rankPeople<P extends UserBrief>(people: Iterable<P>, query: string, limit = 6): P[] {
  const ranked: { person: P; rank: number }[] = [];
  for (const person of people) {
    const rank = rankOf(person, query.toLowerCase());
    if (rank !== null) ranked.push({ person, rank });
  }
  return ranked
    .sort((a, b) => a.rank - b.rank)
    .slice(0, limit)
    .map(({ person }) => person);
}

function rankOf(person: UserBrief, query: string): number | null {
  const username = person.username.toLowerCase();
  const name = person.name.toLowerCase();
  if (username === query) return 0;
  if (username.startsWith(query)) return 1;
  if (name.startsWith(query)) return 2;
  if (name.split(/[\s-]+/).some((word) => word.startsWith(query))) return 3;
  return username.includes(query) || name.includes(query) ? 4 : null;
}
