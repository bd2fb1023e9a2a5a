-- Written by hand: Prisma's schema has no indexes over expressions, and its comparison passes over them.

-- Part of PostgreSQL's own extensions, and one that the owner of a database may install.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- Everybody by name, page by page.
CREATE INDEX "User_by_name_idx" ON "User" (lower("name"), "id") WHERE "deactivatedAt" IS NULL;

-- People by the beginning of a username or of any word of their name. Without fast updates, because people are looked for
-- far oftener than they are added, and a pending list makes the planner read the whole table instead.
CREATE INDEX "User_by_word_idx" ON "User" USING gin (lower(' ' || "name" || ' ' || "username") gin_trgm_ops) WITH (fastupdate = off);
