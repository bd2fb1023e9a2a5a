import { clearTokenCookies, setTokenCookies, tokenCookie } from "@/lib/auth/cookies";
import { deviceName } from "@/lib/auth/device";
import type { SignedIn } from "@/lib/domain/accounts";
import { type Client, revokeByRefreshToken, type Tokens } from "@/lib/domain/sessions";
import type { RouteOutput } from "@/lib/protocol/routes";
import { type Answer, answer } from "./answer";

type HeaderLines = [name: string, value: string][];
type TokenOutput = RouteOutput<"POST /api/auth/refresh">;

/** Clients without a cookie jar ask for their tokens in the body. */
export function isApiClient(headers: Headers): boolean {
  return headers.get("x-client")?.toLowerCase() === "api";
}

export function clientOf(request: Request, address: string): Client {
  return { device: deviceName(request.headers.get("user-agent")), address };
}

/** Hands out tokens: as cookies to browsers, whole in the body to `X-Client: api`. */
export function tokensAnswer(headers: Headers, tokens: Tokens): { body: TokenOutput; lines: HeaderLines } {
  const body = { accessToken: tokens.accessToken, expiresAt: tokens.accessExpiresAt.toISOString() };
  if (isApiClient(headers)) return { body: { ...body, refreshToken: tokens.refreshToken }, lines: [] };
  return { body, lines: cookieLines(setTokenCookies(headers, tokens)) };
}

/** The answer to a sign-in. A browser that was signed in before leaves that session behind, so it ends. */
export async function signedInAnswer(
  status: number,
  request: Request,
  { user, tokens }: SignedIn,
): Promise<Answer<RouteOutput<"POST /api/auth/login">>> {
  const { body, lines } = tokensAnswer(request.headers, tokens);
  const previous = tokenCookie(request.headers, "refresh");
  if (previous && lines.length > 0) await revokeByRefreshToken(previous);
  return answer(status, { user, ...body }, { headers: lines });
}

export function clearedCookies(headers: Headers): HeaderLines {
  return cookieLines(clearTokenCookies(headers));
}

function cookieLines(cookies: string[]): HeaderLines {
  return cookies.map((cookie) => ["Set-Cookie", cookie]);
}
