import { join } from "node:path";
import { readMigrations } from "@/lib/infra/apply-migration";
import { breaches } from "./migration-rules";

/** Made before anybody could upgrade from a version to another. */
const beforeTheFirstRelease = ["20261122195054_foundation", "20261122204500_people_by_name"];

const of = (sql: string) => breaches({ name: "now", sql }, ["20260101000000_then"]);

test("every migration can be applied while the version before it serves", async () => {
  const migrations = await readMigrations(join(import.meta.dirname, "..", "prisma", "migrations"));
  const names = migrations.map(({ name }) => name);
  expect(names.slice(0, beforeTheFirstRelease.length)).toEqual(beforeTheFirstRelease);
  const found = migrations
    .slice(beforeTheFirstRelease.length)
    .flatMap((migration) => breaches(migration, names.slice(0, names.indexOf(migration.name))));
  expect(found).toEqual([]);
});

test.each([
  ['ALTER TABLE "User" RENAME COLUMN "name" TO "fullName"', /renames/],
  ['ALTER TABLE "User" RENAME TO "Person"', /renames/],
  ['DROP TABLE "File"', /drops/],
  ['ALTER TABLE "User" DROP COLUMN "avatar"', /drops/],
  ['DROP INDEX "User_by_name_idx"', /drops/],
  ['ALTER TABLE "User" ALTER COLUMN "avatar" SET NOT NULL', /refuses/],
  ['ALTER TABLE "Room" ALTER COLUMN "rev" SET DATA TYPE INTEGER', /rewrites/],
  ['ALTER TABLE "Room" ALTER COLUMN "rev" TYPE INTEGER', /rewrites/],
  ['ALTER TABLE "Room" ADD COLUMN "topic" TEXT NOT NULL', /does not fill/],
  ['ALTER TABLE "Message" ADD COLUMN "words" tsvector GENERATED ALWAYS AS (x) STORED', /rewrites/],
  ['ALTER TABLE "Room" ADD COLUMN "key" UUID DEFAULT gen_random_uuid()', /rewrites/],
  ['CREATE INDEX "a" ON "Message" ("type")', /keeps everybody/],
  ['CREATE UNIQUE INDEX "a" ON "Message" ("type")', /keeps everybody/],
  ['ALTER TABLE "File" ADD CONSTRAINT "a" FOREIGN KEY ("b") REFERENCES "User"("id") ON DELETE SET NULL', /NOT VALID/],
])("%s is found", (sql, says) => expect(of(`SELECT 1; ${sql};`).join()).toMatch(says));

test.each([
  'ALTER TABLE "Room" ADD COLUMN "topic" TEXT',
  `ALTER TABLE "Room" ADD COLUMN "topic" TEXT NOT NULL DEFAULT ''`,
  `ALTER TABLE "Room" ADD COLUMN "topic" TEXT DEFAULT '' NOT NULL`,
  'CREATE INDEX CONCURRENTLY "a" ON "Message" ("type")',
  'ALTER TABLE "File" ADD CONSTRAINT "a" FOREIGN KEY ("b") REFERENCES "User"("id") NOT VALID',
  'CREATE TABLE "Poll" ("id" TEXT NOT NULL); CREATE INDEX "a" ON "Poll" ("id"); ALTER TABLE "Poll" ADD CONSTRAINT "b" CHECK (true)',
  `ALTER TYPE "MessageType" ADD VALUE 'event'`,
])("%s is allowed", (sql) => expect(of(sql)).toEqual([]));

test("a contract step may drop what an earlier migration has replaced, and only that", () => {
  const drop = 'ALTER TABLE "User" DROP COLUMN "avatar"';
  expect(of(`-- contract: 20260101000000_then\n${drop};`)).toEqual([]);
  expect(of(`-- contract: 20990101000000_never\n${drop};`).join()).toMatch(/no earlier migration/);
  expect(of('-- contract: 20260101000000_then\nCREATE INDEX "a" ON "Message" ("type");').join()).toMatch(
    /keeps everybody/,
  );
});
