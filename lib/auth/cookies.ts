import { isSecure } from "./origin";
import { header, type RequestHeaders } from "./request-headers";

export type TokenCookie = "access" | "refresh";

/**
 * Readable by scripts and without authority: says only that a refresh cookie probably exists, so that the login
 * page can try to resume a session.
 */
export const resumeCookie = "parley-resume";

/** `__Host-` makes browsers refuse the cookie from a sub-domain or without TLS; plain http cannot use it. */
export function cookieName(kind: TokenCookie, secure: boolean): string {
  return `${secure ? "__Host-" : ""}parley-${kind}`;
}

/** All cookies of a request, by name. The first of a name wins, as browsers send the most specific first. */
export function readCookies(headers: RequestHeaders): Record<string, string> {
  const cookies: Record<string, string> = Object.create(null);
  for (const part of (header(headers, "cookie") ?? "").split(";")) {
    const equals = part.indexOf("=");
    if (equals > 0) cookies[part.slice(0, equals).trim()] ??= decode(part.slice(equals + 1).trim());
  }
  return cookies;
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

/** The access or refresh token that a browser sent along. */
export function tokenCookie(headers: RequestHeaders, kind: TokenCookie): string | undefined {
  return readCookies(headers)[cookieName(kind, isSecure(headers))] || undefined;
}

interface Attributes {
  secure: boolean;
  expires: Date;
  sameSite: "Lax" | "Strict";
  httpOnly: boolean;
}

function serialize(name: string, value: string, { secure, expires, sameSite, httpOnly }: Attributes): string {
  // `Max-Age` wins over `Expires` wherever both are known: it does not depend on the device's clock.
  const maxAge = Math.max(0, Math.round((expires.getTime() - Date.now()) / 1_000));
  return [
    `${name}=${value}`,
    "Path=/",
    `Max-Age=${maxAge}`,
    `Expires=${expires.toUTCString()}`,
    `SameSite=${sameSite}`,
    ...(httpOnly ? ["HttpOnly"] : []),
    ...(secure ? ["Secure"] : []),
  ].join("; ");
}

export interface TokenCookies {
  accessToken: string;
  accessExpiresAt: Date;
  refreshToken: string;
  refreshExpiresAt: Date;
}

/** `Set-Cookie` lines that hand a browser its tokens. */
export function setTokenCookies(headers: RequestHeaders, tokens: TokenCookies): string[] {
  const secure = isSecure(headers);
  const { accessToken, accessExpiresAt, refreshToken, refreshExpiresAt } = tokens;
  return [
    serialize(cookieName("access", secure), accessToken, {
      secure,
      expires: accessExpiresAt,
      sameSite: "Lax",
      httpOnly: true,
    }),
    ...setRefreshCookies(secure, refreshToken, refreshExpiresAt),
  ];
}

/** The refresh half alone, for a sign-in whose access cookie NextAuth sets itself. */
export function setRefreshCookies(secure: boolean, refreshToken: string, expires: Date): string[] {
  return [
    serialize(cookieName("refresh", secure), refreshToken, { secure, expires, sameSite: "Strict", httpOnly: true }),
    serialize(resumeCookie, "1", { secure, expires, sameSite: "Lax", httpOnly: false }),
  ];
}

/** `Set-Cookie` lines that take every token back. */
export function clearTokenCookies(headers: RequestHeaders): string[] {
  const secure = isSecure(headers);
  const gone = { secure, expires: new Date(0) };
  return [
    serialize(cookieName("access", secure), "", { ...gone, sameSite: "Lax", httpOnly: true }),
    serialize(cookieName("refresh", secure), "", { ...gone, sameSite: "Strict", httpOnly: true }),
    serialize(resumeCookie, "", { ...gone, sameSite: "Lax", httpOnly: false }),
  ];
}
