import { createHmac, randomUUID } from "node:crypto";
import { type JWTPayload, jwtVerify, SignJWT } from "jose";
import { runtime } from "@/lib/infra/config";
import { service } from "@/lib/infra/registry";
import { AppError } from "@/lib/protocol/errors";

const algorithm = "HS256";
/** RFC 9068: keeps another kind of token that the same key may sign one day from passing as this one. */
const kind = "at+jwt";
const issuer = "parley";
const audience = "parley";
const maxLength = 2_048;
const maxChecked = 1_000;
const toleranceSeconds = 5;
/** How far the clock of the replica that issued a token may be ahead: two that are five minutes off, each its own way. */
const issuerAheadSeconds = 10 * 60;

/** Seconds that an access token lives. */
export const ACCESS_TTL_SECONDS = 15 * 60;

export interface AccessClaims {
  userId: string;
  sessionId: string;
  tokenId: string;
  issuedAt: Date;
  expiresAt: Date;
}

/**
 * What the tokens say that were checked lately, oldest first: what was rightly signed stays so, and jose's way through
 * the pool of threads was the dearest part of a small request (1 of 4 ms where the pool shares a core).
 */
const checkedService = service<Map<string, AccessClaims>>("checked-tokens");
const checked = () => checkedService.find() ?? checkedService.provide(new Map());

const key = () => new TextEncoder().encode(runtime.get().jwtSecret);

export function unauthorized(): AppError {
  return new AppError("unauthorized", "Sign in to continue.");
}

/**
 * Signs an access token for a session. `kept` repeats the times and id of an earlier token, so that encoding it
 * anew cannot make it live longer.
 */
export async function signAccessToken(
  subject: { userId: string; sessionId: string },
  kept?: Pick<AccessClaims, "tokenId" | "issuedAt" | "expiresAt">,
): Promise<{ token: string; expiresAt: Date }> {
  const issued = kept ? kept.issuedAt.getTime() / 1_000 : Math.floor(Date.now() / 1_000);
  const expires = kept ? kept.expiresAt.getTime() / 1_000 : issued + ACCESS_TTL_SECONDS;
  const token = await new SignJWT({ sid: subject.sessionId })
    .setProtectedHeader({ alg: algorithm, typ: kind })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject(subject.userId)
    .setJti(kept?.tokenId ?? randomUUID())
    .setIssuedAt(issued)
    .setExpirationTime(expires)
    .sign(key());
  return { token, expiresAt: new Date(expires * 1_000) };
}

/**
 * Checks signature, kind, issuer, audience and times of an access token, not whether its session still lives:
 * that is `verifyToken` of session.ts, the only caller that may let somebody in. `remember` what will be asked again.
 * @throws {AppError} `unauthorized` for every fault alike.
 */
export async function readAccessToken(token: string, { remember = false } = {}): Promise<AccessClaims> {
  if (token.length > maxLength) throw unauthorized();
  // Neither keeps tokens in memory nor outlives the secret.
  const fingerprint = createHmac("sha256", runtime.get().jwtSecret).update(token).digest("base64");
  const known = checked().get(fingerprint);
  if (known) return stillValid(known);
  const verified = await jwtVerify(token, key(), {
    algorithms: [algorithm],
    typ: kind,
    issuer,
    audience,
    requiredClaims: ["sub", "sid", "jti", "iat", "exp"],
    clockTolerance: toleranceSeconds,
  }).catch(() => {
    throw unauthorized();
  });
  // `kid`, `jku` and the like choose keys in other verifiers; here nothing may choose, so nothing may ask.
  if (Object.keys(verified.protectedHeader).some((name) => name !== "alg" && name !== "typ")) throw unauthorized();
  const claims = stillValid(claimsOf(verified.payload));
  if (!remember) return claims;
  const [oldest] = checked().keys();
  if (oldest !== undefined && checked().size >= maxChecked) checked().delete(oldest);
  checked().set(fingerprint, claims);
  return claims;
}

/** @throws {AppError} `unauthorized` for claims whose time is not now. */
function stillValid(claims: AccessClaims): AccessClaims {
  const now = Date.now() / 1_000;
  // jose's `maxTokenAge` would refuse what a replica with a fast clock has just issued, on all the others.
  const age = now - claims.issuedAt.getTime() / 1_000;
  if (age > ACCESS_TTL_SECONDS + toleranceSeconds || age < -issuerAheadSeconds - toleranceSeconds) throw unauthorized();
  if (claims.expiresAt.getTime() / 1_000 <= now - toleranceSeconds) throw unauthorized();
  return claims;
}

function claimsOf({ sub, sid, jti, iat, exp }: JWTPayload): AccessClaims {
  if (typeof sub !== "string" || typeof sid !== "string" || typeof jti !== "string") throw unauthorized();
  if (typeof iat !== "number" || typeof exp !== "number") throw unauthorized();
  return {
    userId: sub,
    sessionId: sid,
    tokenId: jti,
    issuedAt: new Date(iat * 1_000),
    expiresAt: new Date(exp * 1_000),
  };
}
