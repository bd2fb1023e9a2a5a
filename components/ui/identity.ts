/** How many colours people are told apart by; `tokens.css` gives each its values. */
export const HUES = 10;

/** The same person has the same colour everywhere. 0 to {@link HUES} - 1. FNV-1a, 32 bit. */
export function hueOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < id.length; index++) hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193);
  return (hash >>> 0) % HUES;
}

/** First letters of the first and last word; of one word, its first. A name without letters keeps its first sign. */
export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const first = words.at(0) ?? "?";
  const last = words.length > 1 ? (words.at(-1) ?? "") : "";
  return (firstSign(first) + firstSign(last)).toUpperCase();
}

function firstSign(word: string): string {
  const letter = word.match(/[\p{L}\p{N}]/u)?.[0];
  if (letter) return letter;
  const [first] = new Intl.Segmenter().segment(word);
  return first?.segment ?? "";
}
