import { readFileSync } from "node:fs";
import { join } from "node:path";
import { missingPackages } from "./lockfile.mjs";

test("the lock file holds the packages of every system, so that npm ci works on each", () => {
  const lock = JSON.parse(readFileSync(join(import.meta.dirname, "..", "package-lock.json"), "utf8"));
  expect([...missingPackages(lock).keys()]).toEqual([]);
});

test("what a registry left out is told by the packages that name it", () => {
  const packages = {
    "node_modules/a": { dev: true, optionalDependencies: { "a-linux-x64-musl": "1.0.0", "a-darwin-arm64": "1.0.0" } },
    "node_modules/a-darwin-arm64": { version: "1.0.0" },
  };
  expect([...missingPackages({ packages })]).toEqual([
    [
      "node_modules/a-linux-x64-musl",
      { version: "1.0.0", cpu: ["x64"], libc: ["musl"], os: ["linux"], dev: true, optional: true },
    ],
  ]);
});
