import type { z } from "zod";
import { type AppError, invalid } from "@/lib/protocol/errors";

type Issue = z.core.$ZodIssue;

const expectations: Record<string, string> = {
  string: "must be text",
  number: "must be a number",
  int: "must be a whole number",
  boolean: "must be true or false",
  array: "must be a list",
  object: "must be an object",
};

function explain(issue: Issue): string {
  if (issue.code === "invalid_type") {
    if (issue.message.endsWith("received undefined")) return "is needed";
    return expectations[issue.expected] ?? issue.message;
  }
  if (issue.code === "invalid_value") return `must be one of ${issue.values.map(String).join(", ")}`;
  return issue.message;
}

/**
 * Turns what a schema found wrong into the `invalid` of the contract: `details` names each bad field by its path.
 * `root` names the whole when that is at fault.
 */
export function invalidFrom(error: z.core.$ZodError, root: string): AppError {
  // Without a prototype: a sender chooses these names, `__proto__` among them.
  const fields: Record<string, string> = Object.create(null);
  for (const issue of error.issues) {
    const path = issue.path.map(String);
    if (issue.code === "unrecognized_keys") {
      for (const key of issue.keys.slice(0, 20)) fields[[...path, key].join(".")] ??= "is not known here";
    } else {
      fields[path.join(".") || root] ??= explain(issue);
    }
  }
  return invalid(fields);
}
