import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { migrate } from "@/lib/infra/migrations";
import { schemaEngine } from "@/scripts/schema-engine";
import { atEnd } from "../harness/cleanup";
import { startPostgres, type TestPostgres, testDatabase } from "../harness/postgres";
import { waitFor } from "../harness/wait-for";

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

describe("building an index while others write", () => {
  const sql = 'CREATE INDEX CONCURRENTLY "Message_test_idx" ON "Message" ("createdAt");';
  const name = "99990101000000_more";
  const state = async (url: string) => {
    const [row] = await query(
      url,
      `SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = to_regclass('"Message_test_idx"')`,
    );
    return row?.valid as boolean | undefined;
  };

  test("three replicas that start together build it once", async () => {
    const url = await testDatabase();
    const directory = await withMigration(sql);
    const applied = await Promise.all([1, 2, 3].map(() => migrate(url, directory)));
    expect(applied.flat()).toEqual([name]);
    expect(await state(url)).toBe(true);
  });

  test("a death in the middle leaves an index that the next start builds anew", async () => {
    const url = await testDatabase();
    const directory = await withMigration(sql);
    const busy = new Client({ connectionString: url });
    await busy.connect();
    // Whoever writes in a transaction that does not end keeps the build waiting, with its index there, but not valid.
    await busy.query(`BEGIN; INSERT INTO "User" (id, email, username, name) VALUES ('x', 'x', 'x', 'x')`);
    await busy.query('LOCK TABLE "Message" IN ROW EXCLUSIVE MODE');
    const killed = expect(migrate(url, directory)).rejects.toThrow(
      /99990101000000_more failed: .*Its index is not used/,
    );
    await waitFor(async () => (await state(url)) === false, { what: "the build to wait" });
    await query(
      url,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX CONCURRENTLY%'`,
    );
    await killed;
    await busy.query("COMMIT");
    await busy.end();
    expect(await state(url)).toBe(false);
    expect(await migrate(url, directory)).toEqual([name]);
    expect(await state(url)).toBe(true);
  });

  test("a death between the build and its bookkeeping costs nothing", async () => {
    const url = await testDatabase();
    await query(url, sql);
    const [before] = await query(url, `SELECT to_regclass('"Message_test_idx"')::oid AS oid`);
    expect(await migrate(url, await withMigration(sql))).toEqual([name]);
    expect(await query(url, `SELECT to_regclass('"Message_test_idx"')::oid AS oid`)).toEqual([before]);
  });

  test("beside anything else it is refused before anything is done", async () => {
    const url = await testDatabase();
    await expect(migrate(url, await withMigration(`SELECT 1; ${sql}`))).rejects.toThrow(/must be its only statement/);
    expect(await state(url)).toBeUndefined();
  });
});

describe("while people write", () => {
  test("a migration that must wait for a table keeps nobody waiting for long", async () => {
    const url = await testDatabase();
    const [reader, writer] = [new Client({ connectionString: url }), new Client({ connectionString: url })];
    await Promise.all([reader.connect(), writer.connect()]);
    await reader.query('BEGIN; SELECT count(*) FROM "User"');
    let done = false;
    const applied = migrate(url, await withMigration('ALTER TABLE "User" ADD COLUMN "test" TEXT;')).finally(() => {
      done = true;
    });
    const waits: number[] = [];
    while (waits.length < 200 || Math.max(...waits) < 100) {
      const begun = performance.now();
      await writer.query(`UPDATE "User" SET name = name WHERE id = 'nobody'`);
      waits.push(performance.now() - begun);
    }
    expect(done).toBe(false);
    // Queued behind the migration for as long as it waits for its lock, and no longer.
    expect(Math.max(...waits)).toBeLessThan(1_500);
    await reader.query("COMMIT");
    expect(await applied).toEqual(["99990101000000_more"]);
    await Promise.all([reader.end(), writer.end()]);
  });

  test("the newest two migrations let everything through that the version before does", async () => {
    const url = await emptyDatabase();
    const names = (await readdir(shipped, { withFileTypes: true })).filter((entry) => entry.isDirectory());
    const before = await mkdtemp(join(tmpdir(), "parley-migrations-"));
    atEnd(() => rm(before, { recursive: true, force: true }));
    const older = names
      .map(({ name }) => name)
      .sort()
      .slice(0, -2);
    for (const name of older) await cp(join(shipped, name), join(before, name), { recursive: true });
    await migrate(url, before);
    await query(url, history);
    const writers = await Promise.all([1, 2, 3, 4].map((n) => startWriter(url, n)));
    await waitFor(() => writers.every(({ waits }) => waits.length > 20), { what: "the writers to be at work" });
    expect(await migrate(url, shipped)).toHaveLength(2);
    await waitFor(() => writers.every(({ waits }) => waits.length > 100), { what: "the writers to go on" });
    await Promise.all(writers.map((writer) => writer.stop()));
    expect(Math.max(...writers.flatMap(({ waits }) => waits))).toBeLessThan(2_000);
    const [check] = await query(
      url,
      `SELECT bool_and(r."lastSeq" = (SELECT count(*) FROM "Message" m WHERE m."roomId" = r.id)) AS whole FROM "Room" r`,
    );
    expect(check).toEqual({ whole: true });
  }, 60_000);
});

/** A room a writer, and one with enough in it for a migration to take its time. */
const history = `
  INSERT INTO "User" (id, email, username, name) VALUES ('u', 'u@example.org', 'u', 'U');
  INSERT INTO "Room" (id, "lastSeq", rev) VALUES ('old', 50000, 50000), ('r1', 0, 0), ('r2', 0, 0), ('r3', 0, 0), ('r4', 0, 0);
  INSERT INTO "Message" (id, "roomId", "userId", seq, rev, "clientId", digest, content)
    SELECT 'm' || n, 'old', 'u', n, n, 'client-' || n, 'x', 'message number ' || n || ' of a long history'
    FROM generate_series(1, 50000) n`;

/** Sends, edits and deletes one after the other, as fast as it can. A statement that fails ends the test. */
async function startWriter(url: string, n: number) {
  const client = new Client({ connectionString: url });
  await client.connect();
  const waits: number[] = [];
  let going = true;
  const work = async () => {
    for (let seq = 1; going; seq += 1) {
      const begun = performance.now();
      await client.query(
        `WITH place AS (UPDATE "Room" SET "lastSeq" = "lastSeq" + 1, rev = rev + 1 WHERE id = $1 RETURNING "lastSeq", rev)
         INSERT INTO "Message" (id, "roomId", "userId", seq, rev, "clientId", digest, content)
         SELECT $2, $1, 'u', "lastSeq", rev, $2, 'x', 'something new' FROM place`,
        [`r${n}`, `w${n}-${seq}`],
      );
      const text = seq % 2 ? "something else" : "";
      await client.query(`UPDATE "Message" SET content = $2, "editedAt" = now() WHERE id = $1`, [`w${n}-${seq}`, text]);
      waits.push(performance.now() - begun);
    }
  };
  const working = work();
  return {
    waits,
    async stop() {
      going = false;
      await working;
      await client.end();
    },
  };
}

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
