import { invalid } from "@/lib/protocol/errors";

/** Names that would pass for the server or its staff, or that mentions and addresses need for themselves. */
const reserved = new Set(
  (
    "abuse admin administrator all anonymous api app auth bot bots channel deleted everyone guest help here " +
    "hostmaster info login logout me mod moderator noreply nobody null official operator owner parley postmaster " +
    "register room root security server settings signin signup staff support sysadmin system undefined user " +
    "webmaster you"
  ).split(" "),
);

/** Whether a username is kept back, with or without dots, dashes and underscores in between. */
export function isReserved(username: string): boolean {
  return reserved.has(username.replace(/[._-]/g, ""));
}

/**
 * Refuses reserved usernames.
 * @throws {AppError} `invalid` naming `username`.
 */
export function assertUsernameFree(username: string): void {
  if (isReserved(username)) throw invalid({ username: "is reserved. Choose another" });
}
