import type { z } from "zod";
import { AppError, invalid } from "@/lib/protocol/errors";
import { invalidFrom } from "./issues";

const maxBodyBytes = 100_000;
const maxDepth = 16;

/**
 * A request's body as the schema has it; an absent one counts as `{}`.
 * @throws {AppError} `unsupported_type` unless JSON, `too_large` past 100 kB, `invalid` otherwise.
 */
export async function readBody(request: Request, schema: z.ZodType): Promise<unknown> {
  const type = request.headers.get("content-type");
  // HTML forms of foreign pages can send every type but this one without asking first.
  if (type !== null && !/^application\/json\s*(;|$)/i.test(type)) throw notJson();
  const text = await readText(request);
  if (text !== "" && type === null) throw notJson();
  return parse(schema, text === "" ? {} : decode(text), "body");
}

function notJson(): AppError {
  return new AppError("unsupported_type", "The body must be JSON, with Content-Type: application/json.");
}

/**
 * A request's body as text.
 * @throws {AppError} `too_large` past 100 kB, `invalid` when it is not UTF-8.
 */
export async function readText(request: Request): Promise<string> {
  if (Number(request.headers.get("content-length") ?? 0) > maxBodyBytes) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (request.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > maxBodyBytes) throw tooLarge();
    chunks.push(chunk);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw notText();
  }
}

function notText(): AppError {
  return invalid({ body: "must be JSON in UTF-8" });
}

function tooLarge(): AppError {
  return new AppError("too_large", `The body must be at most ${maxBodyBytes / 1_000} kB.`);
}

function decode(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw notText();
  }
  if (depth(value, maxDepth) > maxDepth) throw invalid({ body: `must not be nested deeper than ${maxDepth}` });
  return value;
}

/** Stops looking past `limit`, so a hostile nesting cannot exhaust the stack. */
function depth(value: unknown, limit: number): number {
  if (typeof value !== "object" || value === null) return 0;
  if (limit === 0) return 1;
  let deepest = 0;
  for (const child of Object.values(value)) deepest = Math.max(deepest, depth(child, limit - 1));
  return 1 + deepest;
}

/** Query parameters by name. A repeated one is refused: two readers may disagree on which of them counts. */
export function readQuery(url: string, schema: z.ZodType | undefined): unknown {
  const values: Record<string, string> = Object.create(null);
  for (const [name, value] of new URL(url).searchParams) {
    if (name in values) throw invalid({ [name.slice(0, 64)]: "must be given only once" });
    values[name] = value;
  }
  return schema ? parse(schema, { ...values }, "query") : undefined;
}

export function parse(schema: z.ZodType, value: unknown, root: string): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw invalidFrom(result.error, root);
}
