import { tokenCookie } from "@/lib/auth/cookies";
import { assertOrigin } from "@/lib/auth/origin";
import { findIdentity, presentedToken } from "@/lib/auth/session";
import { unauthorized } from "@/lib/auth/tokens";
import { end, revokeByRefreshToken } from "@/lib/domain/sessions";
import { answer, refuse } from "@/lib/http/answer";
import { route } from "@/lib/http/route";
import { clearedCookies } from "@/lib/http/sign-in";

/** Works with whatever is left of a session: an expired access token must not keep anybody signed in. */
export const POST = route(
  "POST /api/auth/logout",
  async ({ request: { headers } }) => {
    const presented = presentedToken(headers);
    const refreshToken = presented?.via === "bearer" ? undefined : tokenCookie(headers, "refresh");
    if (presented?.via === "cookie" || refreshToken) assertOrigin(headers, { cookie: true });

    const identity = await findIdentity(headers);
    if (identity) await end(identity.sessionId);
    const refreshEnded = refreshToken !== undefined && (await revokeByRefreshToken(refreshToken));
    if (!identity && !refreshEnded) return refuse(unauthorized(), clearedCookies(headers));
    return answer(204, undefined, { headers: clearedCookies(headers) });
  },
  { auth: "none" },
);
