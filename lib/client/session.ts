import type { Me } from "../protocol/objects";
import type { RouteBody, RouteOutput } from "../protocol/routes";
import { request } from "./api";
import { forgetRenewal, noteRenewal } from "./credentials";
import type { Environment } from "./environment";

/** Signing in and out, for the pages. All reject with `ApiError`; for `invalid` and `conflict`, `details` names the fields. */
export interface Session {
  login: (input: RouteBody<"POST /api/auth/login">) => Promise<Me>;
  register: (input: RouteBody<"POST /api/auth/register">) => Promise<Me>;
  /** Ends the session; also when the server can't be reached it is forgotten here. */
  logout: () => Promise<void>;
}

/** `environment` needs no more than the page has before anybody is signed in. */
export function createSession(environment: Pick<Environment, "origin" | "fetch" | "keep" | "clock">): Session {
  async function begin(route: "POST /api/auth/login" | "POST /api/auth/register", body: unknown): Promise<Me> {
    const { data, sentAt } = await request({ environment }, route, { body });
    const answer = data as RouteOutput<typeof route>;
    noteRenewal(environment, answer.expiresAt, sentAt);
    return answer.user;
  }
  return {
    login: (input) => begin("POST /api/auth/login", input),
    register: (input) => begin("POST /api/auth/register", input),
    async logout() {
      forgetRenewal(environment);
      await request({ environment }, "POST /api/auth/logout", {});
    },
  };
}
