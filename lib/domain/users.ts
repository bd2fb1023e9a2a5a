import type { Prisma } from "@/generated/prisma/client";
import { database, isUniqueViolation, query, type Statement } from "@/lib/infra/database";
import { AppError, notFound } from "@/lib/protocol/errors";
import type { Me, User } from "@/lib/protocol/objects";
import type { UpdateMeInput } from "@/lib/protocol/routes";
import { changePassword } from "./accounts";
import { readCursor, writeCursor } from "./cursor";
import { type MeRow, meView, type UserRow, userView } from "./user-view";
import { assertUsernameFree } from "./usernames";

/** @throws {AppError} `not_found` */
export async function me(userId: string): Promise<Me> {
  const row = await database.get().prisma.user.findUnique({ where: { id: userId } });
  if (!row) throw notFound("This account");
  return meView(row as MeRow);
}

/** @throws {AppError} `not_found` */
export async function get(id: string): Promise<User> {
  const row = await database.get().prisma.user.findUnique({ where: { id, deactivatedAt: null } });
  if (!row) throw notFound("This person");
  return userView(row);
}

type FoundRow = UserRow & { sortName: string };

/** Both conditions are word for word those of the indexes that answer them; see prisma/migrations, "people_by_name". */
const everybody: Statement<FoundRow> = {
  name: "users-by-name",
  text: `
    SELECT *, lower(name) AS "sortName" FROM "User"
    WHERE "deactivatedAt" IS NULL AND (lower(name), id) > ($1, $2)
    ORDER BY lower(name), id LIMIT $3`,
};

const byWord: Statement<FoundRow> = {
  name: "users-by-word",
  text: `
    SELECT *, lower(name) AS "sortName" FROM "User"
    WHERE "deactivatedAt" IS NULL AND (lower(name), id) > ($1, $2)
      AND lower(' ' || name || ' ' || username) LIKE '% ' || $4 || '%'
    ORDER BY lower(name), id LIMIT $3`,
};

/** People whose username, name or one of its words begins with `q`, by name. */
export async function find(input: {
  q?: string | undefined;
  cursor?: string | undefined;
  limit: number;
}): Promise<{ users: User[]; next: string | null }> {
  const [name, id] = input.cursor
    ? readCursor<[string, string]>("users", input.cursor, ["string", "string"])
    : ["", ""];
  const typed = (input.q ?? "")
    .trim()
    .replace(/^@/, "")
    .toLowerCase()
    .slice(0, 100)
    // Letters here, not wildcards.
    .replace(/[\\%_]/g, "\\$&");
  const page = [name, id, input.limit + 1];
  const rows = await (typed ? query(byWord, [...page, typed]) : query(everybody, page));
  const kept = rows.slice(0, input.limit);
  const last = kept.at(-1);
  return {
    users: kept.map((row) => userView(row)),
    next: rows.length > input.limit && last ? writeCursor("users", last.sortName, last.id) : null,
  };
}

/**
 * Changes one's own profile; a new password signs every other device out.
 * @throws {AppError} `conflict` for a taken username, and what `changePassword` throws.
 */
export async function update(userId: string, sessionId: string, input: UpdateMeInput): Promise<Me> {
  const { password, currentPassword, preferences, status, ...profile } = input;
  if (profile.username !== undefined) assertUsernameFree(profile.username);
  if (password !== undefined) await changePassword(userId, currentPassword ?? "", password, sessionId);
  const { prisma } = database.get();
  try {
    const before = await prisma.user.findUniqueOrThrow({ where: { id: userId }, select: { preferences: true } });
    const row = await prisma.user.update({
      where: { id: userId },
      data: {
        ...profile,
        ...(preferences && { preferences: { ...(before.preferences as Prisma.JsonObject), ...preferences } }),
        ...(status !== undefined && {
          statusEmoji: status?.emoji ?? null,
          statusText: status?.text ?? null,
          statusUntil: status?.until ? new Date(status.until) : null,
        }),
      },
    });
    return meView(row as MeRow);
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new AppError("conflict", "This username is taken. Choose another.", { username: "is taken" });
  }
}
