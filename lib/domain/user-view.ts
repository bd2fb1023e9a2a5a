import type { Me, Preferences, User, UserBrief } from "@/lib/protocol/objects";

/** The columns of a person that others may see, as Prisma and `pg` both return them. */
export interface UserRow {
  id: string;
  username: string;
  name: string;
  avatar: string | null;
  isBot: boolean;
  statusEmoji: string | null;
  statusText: string | null;
  statusUntil: Date | null;
  lastSeenAt: Date | null;
}
export type BriefRow = Pick<UserRow, "id" | "username" | "name" | "avatar" | "isBot">;
/** With the columns that only the person themselves may see. */
export interface MeRow extends UserRow {
  email: string;
  role: Me["role"];
  preferences: unknown;
}

export const defaultPreferences: Preferences = { theme: "system", enterSends: true, clock: "auto" };

/** A person as messages and members name them. */
export function briefView(row: BriefRow): UserBrief {
  return {
    id: row.id,
    username: row.username,
    name: row.name,
    avatar: row.avatar,
    ...(row.isBot && { bot: true as const }),
  };
}

/** A person as everybody sees them; a status past its end is left out. */
export function userView(row: UserRow, now = Date.now()): User {
  const ended = row.statusUntil !== null && row.statusUntil.getTime() <= now;
  const hasStatus = !ended && Boolean(row.statusEmoji || row.statusText);
  return {
    ...briefView(row),
    ...(hasStatus && {
      status: {
        emoji: row.statusEmoji ?? "",
        text: row.statusText ?? "",
        until: row.statusUntil?.toISOString() ?? null,
      },
    }),
    lastSeenAt: row.lastSeenAt?.toISOString() ?? null,
  };
}

/** A person as they see themselves. Preferences that were never chosen have their default. */
export function meView(row: MeRow, now = Date.now()): Me {
  const chosen = typeof row.preferences === "object" && row.preferences !== null ? row.preferences : {};
  return {
    ...userView(row, now),
    email: row.email,
    role: row.role,
    preferences: { ...defaultPreferences, ...(chosen as Partial<Preferences>) },
  };
}
