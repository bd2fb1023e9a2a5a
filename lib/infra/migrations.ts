import { setTimeout as wait } from "node:timers/promises";
import { Client } from "pg";
import { applyMigration, type Migration, readMigrations } from "./apply-migration";
import { log } from "./log";
import { StartError } from "./start-error";

/** The lock that Prisma's own migration engine takes, so that `prisma migrate deploy` and this exclude each other. */
const advisoryLock = 72_707_369;
const oldestVersion = 150_000;

/** Prisma's bookkeeping, column by column; its engine reads and continues it. */
const bookkeeping = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  id VARCHAR(36) PRIMARY KEY NOT NULL,
  checksum VARCHAR(64) NOT NULL,
  finished_at TIMESTAMPTZ,
  migration_name VARCHAR(255) NOT NULL,
  logs TEXT,
  rolled_back_at TIMESTAMPTZ,
  started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  applied_steps_count INTEGER NOT NULL DEFAULT 0
)`;

interface Applied {
  migration_name: string;
  checksum: string;
  finished_at: Date | null;
}

/** What is wrong with DATABASE_URL, and what to do about it. The address is shown without its password. */
function unreachable(url: string, error: unknown): StartError {
  const { code, message } = error as { code?: string; message?: string };
  const { host, pathname, username } = new URL(url);
  const name = decodeURIComponent(pathname.slice(1)) || username;
  if (code === "28P01" || code === "28000")
    return new StartError(
      `DATABASE_URL: PostgreSQL at ${host} refuses the user or password. Correct them in the address.`,
    );
  if (code === "3D000")
    return new StartError(
      `DATABASE_URL: PostgreSQL at ${host} has no database "${name}". Create it, or correct the address.`,
    );
  const reason = message || code || "no answer";
  return new StartError(
    `DATABASE_URL: no PostgreSQL answers at ${host} (${reason}). Start it, or correct the address.`,
  );
}

async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000, application_name: "parley" });
  // A connection that breaks also rejects the statement in hand, which is where it is answered.
  client.on("error", () => {});
  try {
    await client.connect();
  } catch (error) {
    await client.end().catch(() => {});
    throw unreachable(url, error);
  }
  const { rows } = await client.query<{ server_version_num: string; server_version: string }>(
    "SELECT current_setting('server_version_num') AS server_version_num, current_setting('server_version') AS server_version",
  );
  if (rows[0] && Number(rows[0].server_version_num) >= oldestVersion) return client;
  await client.end();
  throw new StartError(
    `DATABASE_URL: PostgreSQL ${rows[0]?.server_version} at ${new URL(url).host} is too old. Parley needs version 15 or later.`,
  );
}

async function readApplied(client: Client): Promise<Applied[]> {
  const table = await client.query("SELECT to_regclass('_prisma_migrations') IS NOT NULL AS there");
  if (!table.rows[0].there) return [];
  const { rows } = await client.query<Applied>(
    'SELECT migration_name, checksum, finished_at FROM "_prisma_migrations" WHERE rolled_back_at IS NULL',
  );
  return rows;
}

function pending(migrations: Migration[], applied: Applied[]): Migration[] {
  const failed = applied.find((row) => row.finished_at === null);
  if (failed) {
    throw new StartError(
      `The migration ${failed.migration_name} was begun by another tool and did not finish. Mend it with "prisma migrate resolve", then start again.`,
    );
  }
  const known = new Map(applied.map((row) => [row.migration_name, row.checksum]));
  const edited = migrations.find(({ name, checksum }) => (known.get(name) ?? checksum) !== checksum);
  if (edited) {
    throw new StartError(
      `The migration ${edited.name} was changed after this database had applied it. Restore the file, or start with a fresh database.`,
    );
  }
  const newer = applied.filter((row) => !migrations.some(({ name }) => name === row.migration_name));
  if (newer.length > 0) {
    log().warn({ migrations: newer.map((row) => row.migration_name) }, "the database is newer than this version");
  }
  return migrations.filter(({ name }) => !known.has(name));
}

const lockEveryMs = 100;
/** Building an index over a great many messages takes its time; another replica's start waits for it. */
const lockWithinMs = 60 * 60_000;

/**
 * Takes the lock by asking for it again and again. A statement that waits for it would hold a snapshot meanwhile, for whose
 * end an index that another replica builds concurrently waits in turn.
 */
async function lock(client: Client): Promise<void> {
  for (const end = Date.now() + lockWithinMs; Date.now() < end; await wait(lockEveryMs)) {
    const { rows } = await client.query<{ taken: boolean }>("SELECT pg_try_advisory_lock($1) AS taken", [advisoryLock]);
    if (rows[0]?.taken) return;
  }
  throw new StartError(
    "Another process has been migrating the database for an hour. See what it does, then start again.",
  );
}

/**
 * Brings the database to the schema of this version: applies the folders of `directory` that it has not applied yet,
 * oldest first. Replicas that start together wait for each other and apply once. Also names a new installation (the
 * `Server` row).
 * @returns the names of the migrations applied now.
 * @throws {StartError} when the database cannot be reached or used, or a migration fails.
 */
export async function migrate(url: string, directory: string): Promise<string[]> {
  const migrations = await readMigrations(directory);
  const client = await connect(url);
  try {
    let due = pending(migrations, await readApplied(client));
    if (due.length > 0) {
      await lock(client);
      await client.query(bookkeeping);
      due = pending(migrations, await readApplied(client));
      for (const migration of due) await applyMigration(client, migration);
    }
    if (migrations.length > 0)
      await client.query(
        'INSERT INTO "Server" (id, instance, epoch) VALUES (1, gen_random_uuid(), gen_random_uuid()) ON CONFLICT DO NOTHING',
      );
    return due.map(({ name }) => name);
  } finally {
    await client.end().catch(() => {});
  }
}
