import { createHash, randomUUID } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Client } from "pg";
import { isConflict, isLockTimeout } from "./database";
import { log } from "./log";
import { StartError } from "./start-error";

export interface Migration {
  name: string;
  sql: string;
  checksum: string;
  /** The index that this migration builds while others write; such a migration is that one statement and runs outside of a transaction. */
  concurrentIndex?: string;
}

const concurrently = /^CREATE\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY\s+"([^"]+)"\s+ON\s[^;]*;?$/;

/** SQL without its line comments, on which no decision may rest. */
export function withoutComments(sql: string): string {
  return sql.replace(/--.*$/gm, "").trim();
}

export function parseMigration(name: string, sql: string): Migration {
  const checksum = createHash("sha256").update(sql).digest("hex");
  const statement = withoutComments(sql);
  if (!/\bCONCURRENTLY\b/.test(statement)) return { name, sql, checksum };
  const [, concurrentIndex] = concurrently.exec(statement) ?? [];
  if (concurrentIndex) return { name, sql, checksum, concurrentIndex };
  throw new StartError(
    `The migration ${name} cannot be applied: CREATE INDEX CONCURRENTLY "name" ON … must be its only statement.`,
  );
}

/** The migrations of a directory, oldest first. */
export async function readMigrations(directory: string): Promise<Migration[]> {
  const folders = (await readdir(directory, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  const migrations = folders.map(async ({ name }) =>
    parseMigration(name, await readFile(join(directory, name, "migration.sql"), "utf8")),
  );
  return (await Promise.all(migrations)).sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** Whoever waits for a lock makes everybody behind wait too: shorter than what a send waits for its own (2 s). */
const lockTimeoutMs = 1_000;
const attempts = 60;
const betweenAttemptsMs = 500;

async function keep(client: Client, { name, checksum }: Migration): Promise<void> {
  await client.query(
    `INSERT INTO "_prisma_migrations" (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
     VALUES ($1, $2, $3, now(), clock_timestamp(), 1)`,
    [randomUUID(), checksum, name],
  );
}

/** One transaction with its bookkeeping: a migration that fails, or a process that is killed, leaves nothing. */
async function applyInTransaction(client: Client, migration: Migration): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await client.query(`BEGIN; SET LOCAL lock_timeout = ${lockTimeoutMs}`);
      await client.query(migration.sql);
      await keep(client, migration);
      await client.query("COMMIT");
      return;
    } catch (error) {
      await client.query("ROLLBACK").catch(() => {});
      if (attempt < attempts && (isLockTimeout(error) || isConflict(error))) {
        log().info({ migration: migration.name, attempt }, "a migration waits for a table in use");
        await wait(betweenAttemptsMs);
        continue;
      }
      throw new StartError(
        `The migration ${migration.name} failed and was rolled back: ${(error as Error).message}. Nothing was changed; mend the cause and start again.`,
      );
    }
  }
}

/**
 * Builds an index while others write. Dying in the middle leaves an index that PostgreSQL marks as invalid, which the next
 * attempt removes; dying before the bookkeeping leaves a whole one, which is kept.
 */
async function buildIndex(client: Client, migration: Migration, index: string): Promise<void> {
  try {
    const { rows } = await client.query<{ valid: boolean }>(
      "SELECT i.indisvalid AS valid FROM pg_index i WHERE i.indexrelid = to_regclass($1)",
      [`"${index}"`],
    );
    if (rows[0]?.valid === false) await client.query(`DROP INDEX CONCURRENTLY "${index}"`);
    if (!rows[0]?.valid) await client.query(migration.sql);
    await keep(client, migration);
  } catch (error) {
    throw new StartError(
      `The migration ${migration.name} failed: ${(error as Error).message}. Its index is not used; mend the cause and start again, which builds it anew.`,
    );
  }
}

/**
 * Applies one migration and writes it down in Prisma's bookkeeping. A table in use is waited for a second at a time,
 * for a minute and a half in all.
 * @throws {StartError} when it fails.
 */
export function applyMigration(client: Client, migration: Migration): Promise<void> {
  return migration.concurrentIndex
    ? buildIndex(client, migration, migration.concurrentIndex)
    : applyInTransaction(client, migration);
}
