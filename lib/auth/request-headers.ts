import type { IncomingHttpHeaders } from "node:http";

/** Headers as pages and API routes (`Headers`) or sockets (`IncomingHttpHeaders`) hold them. */
export type RequestHeaders = Pick<Headers, "get"> | IncomingHttpHeaders;

/** One header, or undefined; of a repeated one, all values joined by commas, as `Headers` does. */
export function header(headers: RequestHeaders, name: string): string | undefined {
  if (typeof headers.get === "function") return (headers as Headers).get(name) ?? undefined;
  const value = (headers as IncomingHttpHeaders)[name];
  return Array.isArray(value) ? value.join(", ") : value;
}
