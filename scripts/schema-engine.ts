import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { PrismaPg } from "@prisma/adapter-pg";
import { bindMigrationAwareSqlAdapterFactory } from "@prisma/driver-adapter-utils";
import type { MigrationList, SchemaEngine, SchemasContainer } from "@prisma/schema-engine-wasm";
import { Pool, type QueryConfig, type QueryResult } from "pg";

const root = resolve(import.meta.dirname, "..");
const require = createRequire(import.meta.url);
const filters = { externalTables: [], externalEnums: [] };

/** Prisma's migration engine as WebAssembly: its package imports the binary in a way that only bundlers know. */
async function engineModule(): Promise<typeof SchemaEngine> {
  const glue = await import("@prisma/schema-engine-wasm/schema_engine_bg");
  const entry = require.resolve("@prisma/schema-engine-wasm");
  const binary = await readFile(join(entry, "..", "schema_engine_bg.wasm"));
  const { instance } = await WebAssembly.instantiate(binary, { "./schema_engine_bg.js": glue });
  glue.__wbg_set_wasm(instance.exports);
  (instance.exports as { __wbindgen_start(): void }).__wbindgen_start();
  return glue.SchemaEngine;
}

async function readMigrations(): Promise<MigrationList> {
  const baseDir = join(root, "prisma", "migrations");
  const folders = (await readdir(baseDir, { withFileTypes: true }).catch(() => []))
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  const migrationDirectories = await Promise.all(
    folders.map(async (path) => ({
      path,
      migrationFile: {
        path: "migration.sql",
        content: { tag: "ok" as const, value: await readFile(join(baseDir, path, "migration.sql"), "utf8") },
      },
    })),
  );
  const lockfile = { path: "migration_lock.toml", content: 'provider = "postgresql"\n' };
  return { baseDir, lockfile, shadowDbInitScript: "", migrationDirectories };
}

async function readSchema(): Promise<SchemasContainer> {
  const path = join(root, "prisma", "schema.prisma");
  return { files: [{ path, content: await readFile(path, "utf8") }] };
}

/** PostgreSQL's internal one-byte type of its catalogues, which the adapter does not know; read as character(n). */
const charType = 18;
const characterType = 1042;
/**
 * PostgreSQL 18 lists NOT NULL among the constraints, over which this engine stumbles
 * (github.com/prisma/orm/issues/29635). What the schema cannot say is left out of the comparison altogether.
 */
const constraintFilter = "contype NOT IN ('p', 'u', 'f')";

function readingCatalogues(pool: Pool): Pool {
  const query = pool.query.bind(pool) as (config: QueryConfig) => Promise<QueryResult>;
  return Object.assign(pool, {
    async query(config: QueryConfig) {
      const result = await query({ ...config, text: config.text.replace(constraintFilter, "false") });
      for (const field of result.fields) if (field.dataTypeID === charType) field.dataTypeID = characterType;
      return result;
    },
  });
}

/** Prisma's engine over a database that holds what the migrations make. `close` before the database ends. */
export async function schemaEngine(url: string) {
  const pool = readingCatalogues(new Pool({ connectionString: url, max: 2 }));
  const adapter = new PrismaPg(pool, { disposeExternalPool: false });
  const engine = await (await engineModule()).new(
    { datamodels: undefined },
    () => {},
    bindMigrationAwareSqlAdapterFactory(adapter),
  );
  return {
    /** SQL that brings the database to what the schema says; "" when they agree. */
    async difference(): Promise<string> {
      const from = { tag: "schemaDatasource" as const, configDir: root, ...(await readSchema()) };
      const to = { tag: "schemaDatamodel" as const, ...(await readSchema()) };
      const { stdout } = await engine.diff({ from, to, script: true, exitCode: true, filters });
      const sql = stdout ?? "";
      return /^\s*(-- This is an empty migration\.)?\s*$/.test(sql) ? "" : sql;
    },
    /** What the engine says of the database's history; nothing wrong: no names and no `history`. */
    async diagnose() {
      return engine.diagnoseMigrationHistory({
        migrationsList: await readMigrations(),
        optInToShadowDatabase: false,
        filters,
      });
    },
    async close(): Promise<void> {
      engine.free();
      await pool.end();
    },
  };
}
