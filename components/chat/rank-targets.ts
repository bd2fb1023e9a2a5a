export interface Ranked<T> {
  target: T;
  score: number;
}

/**
 * How well a name fits what was typed; null when it does not. Whole beginnings beat beginnings of words, those beat
 * parts, and letters in order but apart ("gnr" for "general") come last. Lower is better.
 */
export function scoreOf(name: string, query: string): number | null {
  const text = name.toLowerCase();
  if (query === "") return 0;
  if (text === query) return 0;
  if (text.startsWith(query)) return 1;
  if (text.split(/[\s._-]+/).some((word) => word.startsWith(query))) return 2;
  if (text.includes(query)) return 3;
  let from = 0;
  for (const letter of query) {
    const at = text.indexOf(letter, from);
    if (at < 0) return null;
    from = at + 1;
  }
  return 4;
}

/** The best first; equals keep the order in which they were given, which is by recency. */
export function rankTargets<T>(targets: readonly T[], namesOf: (target: T) => readonly string[], typed: string): T[] {
  const query = typed.trim().toLowerCase().replace(/^[#@]/, "");
  const ranked: Ranked<T>[] = [];
  for (const target of targets) {
    const scores = namesOf(target)
      .map((name) => scoreOf(name, query))
      .filter((score) => score !== null);
    if (scores.length > 0) ranked.push({ target, score: Math.min(...scores) });
  }
  return ranked.sort((a, b) => a.score - b.score).map(({ target }) => target);
}
