import { isAppError } from "@/lib/protocol/errors";
import { tokenCookie } from "./cookies";
import { header, type RequestHeaders } from "./request-headers";
import { sessionOwner } from "./revocation";
import { type AccessClaims, readAccessToken, unauthorized } from "./tokens";

/** Who speaks, by which signed-in device, and until when the token lets them. */
export type Session = AccessClaims;

export interface Identity extends Session {
  /** A cookie is sent by the browser unasked, so it obliges to name the origin; a bearer token does not. */
  via: "cookie" | "bearer";
}

/**
 * The one verifier: of pages, API routes and sockets alike. Promises that the token is ours and unexpired and that
 * its session lived at most a second ago. `remember` a token that comes with each request; a socket shows it once.
 * @throws {AppError} `unauthorized`, or `unavailable` when the database cannot say.
 */
export async function verifyToken(token: string, options?: { remember: boolean }): Promise<Session> {
  const claims = await readAccessToken(token, options);
  if ((await sessionOwner(claims.sessionId)) !== claims.userId) throw unauthorized();
  return claims;
}

/** The token that a request carries and how. A bearer token wins over a cookie, even when it is no good. */
export function presentedToken(headers: RequestHeaders): { token: string; via: Identity["via"] } | undefined {
  const authorization = header(headers, "authorization");
  if (authorization !== undefined) {
    const token = /^Bearer ([A-Za-z0-9._~+/=-]+)$/i.exec(authorization)?.[1];
    return { token: token ?? "", via: "bearer" };
  }
  const token = tokenCookie(headers, "access");
  return token === undefined ? undefined : { token, via: "cookie" };
}

/**
 * Finds out who sends a request, by `Authorization: Bearer` or by cookie.
 * @throws {AppError} `unauthorized`, or `unavailable` when the database cannot say.
 */
export async function authenticate(headers: RequestHeaders): Promise<Identity> {
  const presented = presentedToken(headers);
  if (!presented) throw unauthorized();
  return { ...(await verifyToken(presented.token, { remember: true })), via: presented.via };
}

/** As `authenticate`, for pages that are also shown to strangers: undefined instead of `unauthorized`. */
export async function findIdentity(headers: RequestHeaders): Promise<Identity | undefined> {
  try {
    return await authenticate(headers);
  } catch (error) {
    if (isAppError(error) && error.code === "unauthorized") return undefined;
    throw error;
  }
}
