/**
 * `npm run db:migration NAME` writes prisma/migrations/<time>_NAME/migration.sql with what the schema has that the
 * migrations do not. `--replace` writes the one migration of a project that has not been released anew.
 */
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { startEmbeddedPostgres } from "@/lib/infra/embedded-postgres";
import { migrate } from "@/lib/infra/migrations";
import { schemaEngine } from "./schema-engine";

const migrations = resolve(import.meta.dirname, "..", "prisma", "migrations");
const replace = process.argv.includes("--replace");
const name = process.argv.slice(2).find((argument) => !argument.startsWith("--"));
if (!name || !/^[a-z0-9_]{1,60}$/.test(name)) {
  process.stderr.write("Usage: npm run db:migration NAME (small letters, digits and _)\n");
  process.exit(1);
}

const existing = (await readdir(migrations).catch(() => [])).filter((entry) => entry.endsWith(`_${name}`));
if (replace) for (const folder of existing) await rm(join(migrations, folder), { recursive: true });

const directory = await mkdtemp(join(tmpdir(), "parley-migration-"));
const postgres = await startEmbeddedPostgres(directory);
try {
  await migrate(postgres.url, migrations);
  const engine = await schemaEngine(postgres.url);
  const sql = await engine.difference();
  await engine.close();
  if (sql === "") {
    process.stdout.write("Schema and migrations agree: nothing to write.\n");
  } else {
    const time = new Date().toISOString().replace(/\D/g, "").slice(0, 14);
    const folder = replace && existing[0] ? existing[0] : `${time}_${name}`;
    await mkdir(join(migrations, folder), { recursive: true });
    await writeFile(join(migrations, folder, "migration.sql"), sql);
    process.stdout.write(`Wrote prisma/migrations/${folder}/migration.sql. Read it before committing it.\n`);
  }
} finally {
  await postgres.stop();
  await rm(directory, { recursive: true, force: true });
}
process.exit(0);
