import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { migrate } from "@/lib/infra/migrations";
import { schemaEngine } from "@/scripts/schema-engine";
import { atEnd } from "../harness/cleanup";
import { startPostgres, type TestPostgres, testDatabase } from "../harness/postgres";

const shipped = join(import.meta.dirname, "..", "..", "prisma", "migrations");

async function query(url: string, sql: string) {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

/** An empty database beside the test's own. */
async function emptyDatabase(): Promise<string> {
  const beside = await testDatabase();
  const url = `${beside}_empty`;
  await query(beside, `CREATE DATABASE ${new URL(url).pathname.slice(1)}`);
  atEnd(() => query(beside, `DROP DATABASE ${new URL(url).pathname.slice(1)} WITH (FORCE)`));
  return url;
}

/** The shipped migrations and one more. */
async function withMigration(sql: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "parley-migrations-"));
  atEnd(() => rm(directory, { recursive: true, force: true }));
  await cp(shipped, directory, { recursive: true });
  await mkdir(join(directory, "99990101000000_more"));
  await writeFile(join(directory, "99990101000000_more", "migration.sql"), sql);
  return directory;
}

describe("schema and migrations", () => {
  test("agree, and Prisma's engine accepts the history that the start writes", async () => {
    const url = await testDatabase();
    const engine = await schemaEngine(url);
    try {
      expect(await engine.difference()).toBe("");
      expect(await engine.diagnose()).toMatchObject({
        editedMigrationNames: [],
        failedMigrationNames: [],
        hasMigrationsTable: true,
        history: null,
      });
      await query(url, 'ALTER TABLE "User" DROP COLUMN "avatar"');
      expect(await engine.difference()).toContain('ADD COLUMN     "avatar"');
    } finally {
      await engine.close();
    }
  });
});

describe("applying", () => {
  test("three replicas that start together apply once and name one installation", async () => {
    const url = await emptyDatabase();
    const applied = await Promise.all([1, 2, 3].map(() => migrate(url, shipped)));
    const names = applied.filter((list) => list.length > 0);
    expect(names).toHaveLength(1);
    const rows = await query(url, 'SELECT migration_name, finished_at, applied_steps_count FROM "_prisma_migrations"');
    expect(rows.map((row) => row.migration_name).sort()).toEqual([...(names[0] ?? [])].sort());
    expect(rows.every((row) => row.finished_at instanceof Date && row.applied_steps_count === 1)).toBe(true);
    const servers = await query(url, 'SELECT epoch FROM "Server"');
    expect(servers).toHaveLength(1);
    expect(await migrate(url, shipped)).toEqual([]);
    expect(await query(url, 'SELECT epoch FROM "Server"')).toEqual(servers);
  });

  test("a failing migration leaves nothing behind and says which it was", async () => {
    const url = await testDatabase();
    const broken = await withMigration("CREATE TABLE half (id int); SELECT 1/0;");
    await expect(migrate(url, broken)).rejects.toThrow(
      /99990101000000_more failed and was rolled back: division by zero/,
    );
    expect(await query(url, "SELECT to_regclass('half') AS half")).toEqual([{ half: null }]);
    expect(await migrate(url, await withMigration("CREATE TABLE half (id int);"))).toEqual(["99990101000000_more"]);
  });

  test("a migration that was changed after it was applied stops the start; one from a newer version does not", async () => {
    const url = await testDatabase();
    await migrate(url, await withMigration("CREATE TABLE more (id int);"));
    expect(await migrate(url, shipped)).toEqual([]);
    await expect(migrate(url, await withMigration("CREATE TABLE other (id int);"))).rejects.toThrow(
      /99990101000000_more was changed after/,
    );
  });
});

describe("a database that cannot be used is one line that says what to do", () => {
  let postgres: TestPostgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });

  test("wrong password", async () => {
    const url = postgres.url().replace(":test@", ":wrong@");
    await expect(migrate(url, shipped)).rejects.toThrow(/^DATABASE_URL: .* refuses the user or password\. Correct/);
  });

  test("missing database", async () => {
    await expect(migrate(postgres.url("nowhere"), shipped)).rejects.toThrow(/has no database "nowhere"\. Create it/);
  });

  test("server down", async () => {
    await postgres.stop("fast");
    await expect(migrate(postgres.url(), shipped)).rejects.toThrow(/^DATABASE_URL: no PostgreSQL answers at 127/);
  });
});
