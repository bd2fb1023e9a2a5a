import type { ExcerptPart } from "@/lib/protocol/objects";
import type { Term } from "./search-query";

/** UTF-16 units of an excerpt, and how much of it stands before the first find. */
const LENGTH = 240;
const LEAD = 60;

/** Written without spaces, so that what was looked for may stand anywhere; the same as in prisma/migrations, `search_text`. */
const unspaced =
  /[\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\u{20000}-\u{3ffff}]+/gu;
const words = /[\p{L}\p{N}\p{M}_]+/gu;
/** Letters that are not made of another and an accent, as PostgreSQL's `unaccent` writes them. */
const others: Record<string, string> = { ß: "ss", æ: "ae", œ: "oe", ø: "o", đ: "d", ł: "l", ı: "i", þ: "th" };

const fold = (text: string) =>
  text
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[ßæœøđłıþ]/g, (letter) => others[letter] ?? letter);

interface Range {
  from: number;
  to: number;
}

function rangesOf(content: string, terms: Term[]): Range[] {
  const whole = new Set<string>();
  const beginnings: string[] = [];
  const runs: string[] = [];
  for (const { text, kind } of terms) {
    runs.push(...(text.match(unspaced) ?? []));
    const parts = (text.replace(unspaced, " ").match(words) ?? []).map(fold);
    for (const [index, part] of parts.entries()) {
      if (kind === "beginning" && index === parts.length - 1) beginnings.push(part);
      else whole.add(part);
    }
  }
  const ranges: Range[] = [];
  for (const run of runs) {
    for (let from = content.indexOf(run); from >= 0; from = content.indexOf(run, from + run.length)) {
      ranges.push({ from, to: from + run.length });
    }
  }
  for (const { 0: word, index } of content.matchAll(words)) {
    const folded = fold(word);
    if (whole.has(folded) || beginnings.some((beginning) => folded.startsWith(beginning))) {
      ranges.push({ from: index, to: index + word.length });
    }
  }
  return ranges.sort((one, other) => one.from - other.from);
}

/** Not in the middle of a character. */
const boundary = (text: string, at: number) => (/[\udc00-\udfff]/.test(text[at] ?? "") ? at - 1 : at);

/**
 * The stretch of a message around the first find, in parts of plain text of which some `match`: whoever shows them need
 * not trust any markup. What PostgreSQL finds by other rules (a part of an address, say) may go without a mark.
 */
export function excerptOf(content: string, terms: Term[]): ExcerptPart[] {
  const ranges = rangesOf(content, terms);
  const start = boundary(content, Math.max(0, Math.min((ranges[0]?.from ?? 0) - LEAD, content.length - LENGTH)));
  const end = boundary(content, Math.min(content.length, start + LENGTH));
  const parts: ExcerptPart[] = [];
  let at = start;
  const add = (to: number, match: boolean) => {
    if (to > at) parts.push({ text: content.slice(at, to), ...(match && { match: true as const }) });
    at = Math.max(at, to);
  };
  if (start > 0) parts.push({ text: "…" });
  for (const { from, to } of ranges) {
    if (from >= end || to <= at) continue;
    add(from, false);
    add(Math.min(to, end), true);
  }
  add(end, false);
  if (end < content.length) parts.push({ text: "…" });
  return parts;
}
