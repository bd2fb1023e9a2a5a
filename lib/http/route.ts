import { randomUUID } from "node:crypto";
import { z } from "zod";
import { assertOrigin } from "@/lib/auth/origin";
import { authenticate, type Identity } from "@/lib/auth/session";
import { addressKey } from "@/lib/infra/address";
import { type Bucket, take } from "@/lib/infra/rate-limits";
import {
  type RouteBody,
  type RouteName,
  type RouteOutput,
  type RouteParams,
  type RouteQuery,
  type RouteSpec,
  routes,
} from "@/lib/protocol/routes";
import { type Answer, errorResponse, isAnswer, respond, visibleError } from "./answer";
import { parse, readBody, readQuery } from "./input";

/** What a handler is given: parsed, limited and, unless the route says otherwise, authenticated. */
export interface Call<R extends RouteName> {
  params: RouteParams<R>;
  query: RouteQuery<R>;
  body: RouteBody<R>;
  request: Request;
  /** The client's address as the trusted proxies tell it. */
  address: string;
  requestId: string;
}

export interface SignedInCall<R extends RouteName> extends Call<R> {
  userId: string;
  session: Identity;
}

export interface RouteOptions {
  /** Takes a token of this bucket, by user; by address where nobody needs to be signed in. */
  limit?: Bucket;
}

// biome-ignore lint/suspicious/noConfusingVoidType: a handler of a route without output may be a function that returns nothing
type Nothing<R extends RouteName> = undefined extends RouteOutput<R> ? void : never;
type Result<R extends RouteName> = RouteOutput<R> | Answer<RouteOutput<R>> | Nothing<R>;
type NextHandler = (request: Request, context: { params: Promise<unknown> }) => Promise<Response>;

const nothing = z.strictObject({});

/**
 * Makes the handler of one row of the table of routes: refuses foreign origins, authenticates, limits, parses, runs,
 * answers, and turns whatever is thrown into the contract's error. The only try/catch of REST.
 */
export function route<R extends RouteName>(
  name: R,
  handler: (call: Call<R>) => Promise<Result<R>>,
  options: RouteOptions & { auth: "none" },
): NextHandler;
export function route<R extends RouteName>(
  name: R,
  handler: (call: SignedInCall<R>) => Promise<Result<R>>,
  options?: RouteOptions,
): NextHandler;
export function route<R extends RouteName>(
  name: R,
  handler: (call: SignedInCall<R>) => Promise<Result<R>>,
  options: RouteOptions & { auth?: "none" } = {},
): NextHandler {
  const spec: RouteSpec = routes[name];
  const unsafe = !name.startsWith("GET ");

  return async (request, context) => {
    const { headers } = request;
    const requestId = headers.get("x-request-id") ?? randomUUID();
    const address = headers.get("x-parley-address") ?? "unknown";
    try {
      if (unsafe) assertOrigin(headers, { cookie: false });
      const session = options.auth === "none" ? undefined : await authenticate(headers);
      if (unsafe && session) assertOrigin(headers, { cookie: session.via === "cookie" });
      if (options.limit) await take(options.limit, session?.userId ?? addressKey(address));
      const call = {
        params: spec.params && parse(spec.params, await context.params, "params"),
        query: readQuery(request.url, spec.query),
        body: unsafe ? await readBody(request, spec.body ?? nothing) : undefined,
        request,
        address,
        requestId,
        ...(session && { session, userId: session.userId }),
      };
      // The overloads promise a session to exactly those handlers whose options ask for one.
      const result = await handler(call as SignedInCall<R>);
      if (!isAnswer(result)) return respond(spec.status ?? 200, result);
      if (result.error) return errorResponse(result.error, requestId, result.headers);
      return respond(result.status, result.body, result.headers);
    } catch (error) {
      return errorResponse(visibleError(error, { requestId, route: name }), requestId);
    }
  };
}
