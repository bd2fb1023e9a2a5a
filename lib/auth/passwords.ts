import { createHmac } from "node:crypto";
import { derivedKey } from "./keys";
import { passwordPool } from "./password-pool";

/**
 * bcrypt's cost: 2^12 rounds, about 0.3 s. The condition is decided when the server is built: only a build made for
 * tests has failpoints, and only there is the cost lowered.
 */
export const rounds = process.env.PARLEY_FAILPOINTS === "built-in" ? 4 : 12;

/** Compared with for people who do not exist, so that asking takes as long as for those who do. */
const nobodysHash = `$2b$${String(rounds).padStart(2, "0")}$C6UzMDM.H6dfI/f/IKcEe.0123456789012345678901234567890`;

/**
 * bcrypt reads 72 bytes and stops at NUL; a keyed digest of the whole password, in base64, is 64 bytes without NUL.
 * The key keeps a stolen table of hashes from being guessed at without the server's secret.
 */
function digest(password: string): string {
  return createHmac("sha384", derivedKey("password-pepper")).update(password.normalize("NFC")).digest("base64");
}

/** @throws {AppError} `unavailable` when too many passwords wait already. */
export async function hashPassword(password: string): Promise<string> {
  return String(await passwordPool().run({ kind: "hash", secret: digest(password), rounds }));
}

/**
 * Whether a password is the one behind `hash`. Without a hash (nobody of that name, or no password set) the answer
 * is no, after the same work.
 * @throws {AppError} `unavailable` when too many passwords wait already.
 */
export async function isPassword(password: string, hash: string | null | undefined): Promise<boolean> {
  const matches = await passwordPool().run({ kind: "compare", secret: digest(password), hash: hash ?? nobodysHash });
  return matches === true && typeof hash === "string";
}
