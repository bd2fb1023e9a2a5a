import { type Migration, withoutComments } from "@/lib/infra/apply-migration";

/**
 * What a migration may do while the version before it still serves: see docs/operations/README.md, "Upgrades". Each rule
 * names what a statement would break or block, and what to write instead.
 */
const rules: { pattern: RegExp; says: string; inContract?: true }[] = [
  {
    pattern: /\b(RENAME\s+(TO|COLUMN|VALUE)|RENAME\s+"[^"]+"\s+TO)\b/i,
    says: "renames what the version before still calls by its name: add the new one, and drop the old one in a later release",
  },
  {
    pattern: /^DROP\s+(TABLE|TYPE|FUNCTION|VIEW|EXTENSION|INDEX|TEXT SEARCH)|\bDROP\s+(COLUMN|DEFAULT)\b/i,
    says: "drops what the version before may still use: stop using it first, and drop it in a contract step of a later release",
    inContract: true,
  },
  {
    pattern: /\bSET\s+NOT\s+NULL\b/i,
    says: "refuses what the version before may still write: do it in a contract step of a later release",
    inContract: true,
  },
  {
    pattern: /\bALTER\s+(COLUMN\s+)?"[^"]+"\s+(SET\s+DATA\s+)?TYPE\b/i,
    says: "rewrites the table under a lock: add a column of the new type, and drop the old one in a later release",
  },
  {
    pattern: /\bADD\s+(COLUMN\s+)?"[^"]+"[^,;]*\bNOT\s+NULL\b(?![^,;]*\bDEFAULT\b)(?<!\bDEFAULT\b[^,;]*)/i,
    says: "adds a column that the version before does not fill: give it a default, or let it be null",
  },
  {
    pattern:
      /\bADD\s+(COLUMN\s+)?"[^"]+"[^,;]*\b(STORED|SERIAL|BIGSERIAL|IDENTITY|DEFAULT\s+(gen_random_uuid|random|clock_timestamp)\b)/i,
    says: "rewrites the table under a lock: use an expression index, or fill the column in batches",
  },
  {
    pattern: /^CREATE\s+(UNIQUE\s+)?INDEX\s+(?!CONCURRENTLY)/i,
    says: "keeps everybody from writing while it is built: CREATE INDEX CONCURRENTLY, as the only statement of its migration",
  },
  {
    pattern: /\bADD\s+CONSTRAINT\b(?![^;]*\bNOT\s+VALID\b)(?![^;]*\bUSING\s+INDEX\b)/i,
    says: "reads the whole table under a lock: add it NOT VALID and validate it in a migration of its own, or USING INDEX",
  },
];

const created = /^CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?"([^"]+)"/i;
const touched = /^(?:ALTER\s+TABLE\s+(?:ONLY\s+)?|CREATE\s+(?:UNIQUE\s+)?INDEX\s[^;]*?\sON\s+)"([^"]+)"/i;
const contractOf = /^--\s*contract:\s*(\S+)\s*$/m;

/** Statements of a migration. Bodies in dollar quotes do not occur: functions are written as `RETURN` expressions. */
function statementsOf(sql: string): string[] {
  return withoutComments(sql)
    .split(";")
    .map((statement) => statement.trim())
    .filter(Boolean);
}

/**
 * What is wrong with a migration, one line each. Tables that it makes itself are nobody's yet. One that begins with
 * `-- contract: NAME` ends what the earlier migration NAME began, and may drop what only versions before that one used.
 */
export function breaches(migration: Pick<Migration, "name" | "sql">, earlier: string[]): string[] {
  const statements = statementsOf(migration.sql);
  const own = new Set(statements.flatMap((statement) => created.exec(statement)?.[1] ?? []));
  const contract = contractOf.exec(migration.sql)?.[1];
  const found = statements
    .filter((statement) => !own.has(touched.exec(statement)?.[1] ?? ""))
    .flatMap((statement) =>
      rules
        .filter(({ pattern, inContract }) => pattern.test(statement) && !(inContract && contract))
        .map(({ says }) => `${migration.name}: "${statement.split("\n")[0]}" ${says}.`),
    );
  const isKnown = contract === undefined || earlier.includes(contract);
  return isKnown
    ? found
    : [...found, `${migration.name}: is the contract step of ${contract}, which is no earlier migration.`];
}
