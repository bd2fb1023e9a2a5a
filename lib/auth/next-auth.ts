import type { NextAuthOptions, User } from "next-auth";
import type { JWT } from "next-auth/jwt";
import CredentialsProvider from "next-auth/providers/credentials";
import { logIn } from "@/lib/domain/accounts";
import { type Client, end, type Tokens } from "@/lib/domain/sessions";
import * as users from "@/lib/domain/users";
import { runtime } from "@/lib/infra/config";
import { log } from "@/lib/infra/log";
import { isAppError } from "@/lib/protocol/errors";
import { LoginInput } from "@/lib/protocol/routes";
import { cookieName } from "./cookies";
import { openIdProviders, signInWithOpenId } from "./open-id";
import { isSecure } from "./origin";
import type { RequestHeaders } from "./request-headers";
import { verifyToken } from "./session";
import { ACCESS_TTL_SECONDS, signAccessToken, unauthorized } from "./tokens";

/** What one request through NextAuth leads to, beside the response that NextAuth itself makes. */
export interface SignInContext {
  headers: RequestHeaders;
  client: Client;
  /** Set when somebody signed in. */
  issued?: Tokens;
  /** Set when the request failed for a reason that NextAuth's own answers cannot tell. */
  failure?: unknown;
}

/**
 * NextAuth over our own sessions: its token is our access token in our cookie, so both ways of signing in are one
 * session under one verifier. Made anew for every request, which carries what happened out of the callbacks.
 */
export function nextAuthOptions(context: SignInContext): NextAuthOptions {
  const secure = isSecure(context.headers);
  return {
    secret: runtime.get().nextAuthSecret,
    useSecureCookies: secure,
    session: { strategy: "jwt", maxAge: ACCESS_TTL_SECONDS },
    pages: { signIn: "/login", error: "/login" },
    cookies: {
      sessionToken: {
        name: cookieName("access", secure),
        options: { httpOnly: true, sameSite: "lax", path: "/", secure },
      },
    },
    providers: [credentials(context), ...openIdProviders()],
    jwt: {
      maxAge: ACCESS_TTL_SECONDS,
      encode: async ({ token }) => encode(token),
      decode: async ({ token }) => note(context, () => decode(token)),
    },
    callbacks: {
      redirect: async ({ url, baseUrl }) => {
        const target = URL.parse(url, baseUrl);
        return target?.origin === baseUrl ? target.href : baseUrl;
      },
      signIn: async ({ user, account, profile }) => {
        if (account?.type === "credentials") return true;
        context.issued = (await note(context, () => signInWithOpenId(profile, context.client))) ?? undefined;
        if (context.issued) user.id = context.issued.userId;
        return context.issued !== undefined;
      },
      jwt: async ({ token, user }) => (user && context.issued ? claimsOf(context.issued, user) : token),
      session: async ({ token }) => {
        const me = await note(context, () => users.me(String(token.sub)));
        return {
          user: { id: me?.id, name: me?.name, email: me?.email, image: me?.avatar },
          expires: new Date(Number(token.exp) * 1_000).toISOString(),
        };
      },
    },
    events: {
      signOut: async ({ token }) => {
        if (typeof token?.sid === "string") await end(token.sid);
      },
    },
    logger: {
      error: (code) => log().warn({ code }, "a sign-in through NextAuth failed"),
      warn: () => undefined,
      debug: () => undefined,
    },
  };
}

function credentials(context: SignInContext) {
  return CredentialsProvider({
    name: "Parley",
    credentials: { login: { label: "Email or username" }, password: { label: "Password", type: "password" } },
    authorize: async (given): Promise<User | null> => {
      const input = LoginInput.safeParse({ login: given?.login, password: given?.password });
      if (!input.success) return null;
      return note(context, async () => {
        const { user, tokens } = await logIn(input.data, context.client);
        context.issued = tokens;
        return { id: user.id, name: user.name, email: user.email, image: user.avatar };
      });
    },
  });
}

const refusals = new Set(["unauthorized", "forbidden", "conflict"]);

/** Runs a step; "not you" becomes null, which NextAuth understands, and anything else is kept for our own answer. */
async function note<T>(context: SignInContext, step: () => Promise<T>): Promise<T | null> {
  try {
    return await step();
  } catch (error) {
    if (!isAppError(error) || !refusals.has(error.code)) context.failure = error;
    return null;
  }
}

function claimsOf(tokens: Tokens, user: User): JWT {
  return { sub: tokens.userId, sid: tokens.sessionId, name: user.name ?? null, email: user.email ?? null };
}

/** A token that was read keeps its times and its id: showing a session must not prolong it. */
async function encode(token: JWT | undefined): Promise<string> {
  const { sub, sid, jti, iat, exp } = token ?? {};
  if (typeof sub !== "string" || typeof sid !== "string") throw unauthorized();
  const kept =
    typeof jti === "string" && typeof iat === "number" && typeof exp === "number"
      ? { tokenId: jti, issuedAt: new Date(iat * 1_000), expiresAt: new Date(exp * 1_000) }
      : undefined;
  return (await signAccessToken({ userId: sub, sessionId: sid }, kept)).token;
}

async function decode(token: string | undefined): Promise<JWT> {
  const { userId, sessionId, tokenId, issuedAt, expiresAt } = await verifyToken(token ?? "");
  return {
    sub: userId,
    sid: sessionId,
    jti: tokenId,
    iat: issuedAt.getTime() / 1_000,
    exp: expiresAt.getTime() / 1_000,
  };
}
