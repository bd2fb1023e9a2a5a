import request from "supertest";
import { errorStatus } from "@/lib/protocol/errors";
import { type RouteBody, type RouteName, type RouteOutput, type RouteSpec, routes } from "@/lib/protocol/routes";
import { RefusedError } from "./connection";
import { checkOutput } from "./contract";

interface Caller {
  url: string;
  accessToken?: string;
}

export interface CallInput<R extends RouteName> {
  /** The path's parameters. */
  params?: Record<string, string>;
  query?: Record<string, string | number>;
  body?: RouteBody<R>;
}

/**
 * Calls a route of the contract and holds its answer against it: status, body, and that a refusal's code and status agree.
 * @throws {RefusedError} when it is refused.
 */
export async function call<R extends RouteName>(
  caller: Caller,
  name: R,
  input: CallInput<R> = {},
): Promise<RouteOutput<R>> {
  return (await callForStatus(caller, name, input)).output;
}

/** As `call`, for routes whose status tells something. */
export async function callForStatus<R extends RouteName>(
  caller: Caller,
  name: R,
  { params = {}, query = {}, body }: CallInput<R> = {},
): Promise<{ status: number; output: RouteOutput<R> }> {
  const spec: RouteSpec = routes[name];
  const [method = "", pattern = ""] = name.split(" ");
  const path = pattern.replace(/\[(\w+)\]/g, (_, key: string) => encodeURIComponent(params[key] ?? ""));
  const sent = request(caller.url)[method.toLowerCase() as "get" | "post" | "patch" | "delete"](path).query(query);
  if (caller.accessToken) sent.set("Authorization", `Bearer ${caller.accessToken}`);
  const response = body === undefined ? await sent : await sent.send(body as object);
  if (response.status >= 400) {
    const { error } = response.body;
    if (!error || errorStatus[error.code as keyof typeof errorStatus] !== response.status) {
      throw new Error(`${name} answered ${response.status} with ${response.text}`);
    }
    throw new RefusedError(error.code, error);
  }
  // A repeat, or a conversation that exists, is answered with 200 where its first is 201.
  if (![spec.status ?? 200, 200].includes(response.status)) throw new Error(`${name} answered ${response.status}`);
  const output = response.status === 204 ? undefined : response.body;
  return { status: response.status, output: checkOutput(spec.output, output, name) as RouteOutput<R> };
}
