import { createHash, createHmac } from "node:crypto";
import { runtime } from "@/lib/infra/config";

/** A key of its own for each purpose, derived from the server's secret, so that no use can be played against another. */
export function derivedKey(purpose: "password-pepper" | "refresh-successor"): Buffer {
  return createHmac("sha256", runtime.get().jwtSecret).update(`parley:${purpose}`).digest();
}

/** What is stored in place of a token of 256 random bits; those need no slow hash. */
export function tokenHash(token: string): string {
  return createHash("sha256").update(token).digest("base64url");
}

/** The token that follows a refresh token: whoever presents the same one at the same time is handed the same next. */
export function successorOf(token: string): string {
  return createHmac("sha256", derivedKey("refresh-successor")).update(token).digest("base64url");
}
