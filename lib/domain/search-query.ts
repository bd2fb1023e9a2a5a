import { invalid } from "@/lib/protocol/errors";
import { SearchHas, searchTime } from "@/lib/protocol/routes";

/** One thing that a message must hold. */
export interface Term {
  text: string;
  /** `beginning`: of a word, because the last word may still be being typed. */
  kind: "word" | "phrase" | "beginning";
}

export interface SearchQuery {
  terms: Term[];
  /** Usernames or ids; any of them. */
  from: string[];
  /** Names or ids of rooms; any of them. */
  in: string[];
  has: SearchHas[];
  before: Date | undefined;
  after: Date | undefined;
}

const MAX_TERMS = 20;
/** One or two letters begin too many words to look them all up; one character of Chinese is a word. */
const isWorthExtending = (word: string) => word.length > 2 || /[^\p{ASCII}]/u.test(word);

const item = /(?:(from|in|has|before|after):)?(?:"([^"]*)"?|(\S+))/giu;

function moment(name: string, text: string): Date {
  const parsed = searchTime.safeParse(text);
  if (parsed.success) return parsed.data;
  throw invalid({ q: `${name}: ${parsed.error.issues[0]?.message}` });
}

/**
 * Takes apart what was typed: words, "exact words", and the operators `from:` `in:` `has:` `before:` `after:`, whose
 * values may stand in quotes, too. Of several times the narrowest counts.
 * @throws {AppError} `invalid` for a value that an operator does not know, and beyond 20 terms.
 */
export function parseSearch(q: string): SearchQuery {
  const query: SearchQuery = { terms: [], from: [], in: [], has: [], before: undefined, after: undefined };
  for (const [, operator, quoted, bare] of q.matchAll(item)) {
    const value = (quoted ?? bare ?? "").trim();
    if (value === "") continue;
    switch (operator?.toLowerCase()) {
      case "from":
        query.from.push(value.replace(/^@/, "").toLowerCase());
        break;
      case "in":
        query.in.push(value.replace(/^#/, ""));
        break;
      case "has": {
        const has = SearchHas.safeParse(value.toLowerCase());
        if (!has.success) throw invalid({ q: `has: must be one of ${SearchHas.options.join(", ")}` });
        query.has.push(has.data);
        break;
      }
      case "before":
        query.before = earliest(query.before, moment("before", value));
        break;
      case "after":
        query.after = latest(query.after, moment("after", value));
        break;
      default:
        query.terms.push({ text: value, kind: quoted === undefined ? "word" : "phrase" });
    }
  }
  if (query.terms.length > MAX_TERMS) throw invalid({ q: `must be at most ${MAX_TERMS} words` });
  const last = query.terms.at(-1);
  if (last?.kind === "word" && isWorthExtending(last.text)) last.kind = "beginning";
  return query;
}

export function earliest(one: Date | undefined, other: Date | undefined): Date | undefined {
  return one && other ? (one < other ? one : other) : (one ?? other);
}

export function latest(one: Date | undefined, other: Date | undefined): Date | undefined {
  return one && other ? (one > other ? one : other) : (one ?? other);
}

/** The terms as PostgreSQL's `to_tsquery` reads them: each in its quotes, in which nothing is an operator. */
export function tsquery(terms: Term[]): string {
  return terms
    .map(({ text, kind }) => {
      const quoted = text.replace(/\\/g, "\\\\").replace(/'/g, "''");
      return `'${quoted}'${kind === "beginning" ? ":*" : ""}`;
    })
    .join(" & ");
}
