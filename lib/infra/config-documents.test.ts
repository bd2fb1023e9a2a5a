import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readConfig, variables } from "./config";

const root = join(import.meta.dirname, "..", "..");
const example = readFileSync(join(root, ".env.example"), "utf8");
const operations = readFileSync(join(root, "docs", "operations", "README.md"), "utf8");
const names = Object.keys(variables).sort();
const defaults = readConfig({});

test(".env.example names every variable, and no other, each under its meaning", () => {
  const entries = [...example.matchAll(/^# (.+)\n#([A-Z0-9_]+)=(.*)$/gm)];
  expect(entries.map(([, , name]) => name).sort()).toEqual(names);
  for (const [, meaning, name] of entries) {
    expect(meaning).toContain(variables[name as keyof typeof variables].description);
  }
});

test.each(["PORT", "DATA_DIR", "AWS_REGION", "TRUST_PROXY", "REGISTRATION", "RATE_LIMIT_FACTOR", "LOG_LEVEL"] as const)(
  "%s has its real default in both",
  (name) => {
    expect(example).toContain(`#${name}=${defaults[name]}\n`);
    expect(operations).toMatch(new RegExp(`\\| \`${name}\` \\| \`?${defaults[name]}\`? \\|`));
  },
);

test("docs/operations/README.md has a row for every variable", () => {
  const rows = [...operations.matchAll(/^\| `([A-Z0-9_]+)` \|/gm)].map(([, name]) => name);
  expect(rows.sort()).toEqual(names);
});
