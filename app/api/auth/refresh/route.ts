import { tokenCookie } from "@/lib/auth/cookies";
import { assertOrigin } from "@/lib/auth/origin";
import { unauthorized } from "@/lib/auth/tokens";
import { refresh } from "@/lib/domain/sessions";
import { answer, refuse } from "@/lib/http/answer";
import { route } from "@/lib/http/route";
import { clearedCookies, tokensAnswer } from "@/lib/http/sign-in";
import { isAppError } from "@/lib/protocol/errors";

export const POST = route(
  "POST /api/auth/refresh",
  async ({ body, request: { headers } }) => {
    const cookie = body.refreshToken === undefined ? tokenCookie(headers, "refresh") : undefined;
    if (cookie) assertOrigin(headers, { cookie: true });
    const presented = body.refreshToken ?? cookie;
    if (!presented) throw unauthorized();
    try {
      const { body, lines } = tokensAnswer(headers, await refresh(presented));
      return answer(200, body, { headers: lines });
    } catch (error) {
      // A browser that keeps a dead token would try it again on every page.
      if (cookie && isAppError(error) && error.code === "unauthorized") return refuse(error, clearedCookies(headers));
      throw error;
    }
  },
  { auth: "none", limit: "refresh" },
);
