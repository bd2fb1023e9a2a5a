import { MAX_MENTIONS } from "@/lib/protocol/limits";

const code = /```[\s\S]*?(?:```|$)|`[^`\n]*`/g;
const name = /(?<![\p{L}\p{N}_./@-])@([a-z0-9][a-z0-9._-]{1,30}[a-z0-9])/giu;

/**
 * The usernames that a text names with `@`, lower-cased, each once, at most 50; code is not read. A dot or dash that
 * ends a sentence does not belong to the name.
 */
export function mentionedNames(content: string): string[] {
  if (!content.includes("@")) return [];
  const names = new Set<string>();
  for (const match of content.replace(code, " ").matchAll(name)) {
    if (names.size >= MAX_MENTIONS) break;
    if (match[1]) names.add(match[1].toLowerCase());
  }
  return [...names];
}
