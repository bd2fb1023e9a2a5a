import type { z } from "zod";
import type { RouteBody, RouteName, RouteOutput, RouteParams, RouteQuery, routes } from "../protocol/routes";

/** What a query takes before the server parses it: numbers as such, everything optional that the route defaults. */
type Input<S> = S extends z.ZodType ? z.input<S> : never;
type Loose<T> = T extends object ? { [K in keyof T]: T[K] | (string extends T[K] ? number : never) } : T;
type QueryOf<R extends RouteName> = (typeof routes)[R] extends { query: infer Q } ? Loose<Input<Q>> : undefined;
type BodyOf<R extends RouteName> = (typeof routes)[R] extends { body: infer B } ? Input<B> : undefined;

type Part<K extends string, T> = [T] extends [undefined]
  ? { [P in K]?: undefined }
  : Partial<T> extends T
    ? { [P in K]?: T }
    : { [P in K]: T };

export type RequestParts<R extends RouteName> = Part<"params", RouteParams<R>> &
  Part<"query", QueryOf<R>> &
  Part<"body", BodyOf<R>>;
type Argument<R extends RouteName> =
  Record<string, never> extends RequestParts<R> ? [parts?: RequestParts<R>] : [parts: RequestParts<R>];

/** `api("GET /api/rooms/[id]", { params: { id } })` → what the route answers; rejects with `ApiError`. */
export type Api = <R extends RouteName>(route: R, ...argument: Argument<R>) => Promise<RouteOutput<R>>;
