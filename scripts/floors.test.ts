import { readFileSync } from "node:fs";
import { resolve } from "node:path";

/** Below these versions a package has a known hole, or misses what we rely on. Source: docs/security.md. */
const floors: Record<string, string> = {
  next: "16.4.0",
  react: "19.3.0",
  "socket.io": "4.8.4",
  "socket.io-parser": "4.2.7",
  "engine.io": "6.6.9",
  ws: "8.21.0",
  "next-auth": "4.24.15",
  multer: "2.2.0",
};

const { packages } = JSON.parse(readFileSync(resolve(import.meta.dirname, "..", "package-lock.json"), "utf8")) as {
  packages: Record<string, { version?: string }>;
};

function isAtLeast(version: string, floor: string): boolean {
  const [have, need] = [version, floor].map((text) => text.split(".").map(Number));
  for (const [index, part] of (need ?? []).entries()) {
    const own = have?.[index] ?? 0;
    if (own !== part) return own > part;
  }
  return true;
}

test.each(Object.entries(floors))("every %s in the lock file is %s or later", (name, floor) => {
  const versions = Object.entries(packages).flatMap(([path, { version }]) =>
    path === `node_modules/${name}` || path.endsWith(`/node_modules/${name}`) ? [version ?? "0"] : [],
  );
  expect(versions.length).toBeGreaterThan(0);
  expect(versions.filter((version) => !isAtLeast(version, floor))).toEqual([]);
});
