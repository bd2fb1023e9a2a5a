import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { routes } from "@/lib/protocol/routes";

const root = join(process.cwd(), "app");

/** Every `export const METHOD = route("NAME", …)` below app/api, with the name that its place gives it. */
function handlers(): { place: string; name: string }[] {
  return readdirSync(join(root, "api"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith("route.ts"))
    .flatMap((file) => {
      const full = join(root, "api", file);
      const path = `/${relative(root, dirname(full))}`;
      return [...readFileSync(full, "utf8").matchAll(/export const (\w+) = route\(\s*"([^"]+)"/g)].map(
        ([, method, name]) => ({ place: `${method} ${path}`, name: String(name) }),
      );
    });
}

test("each handler stands where its route is", () => {
  for (const { place, name } of handlers()) expect(name).toBe(place);
});

test("each route of the table has its handler, and each handler its row", () => {
  expect(
    handlers()
      .map(({ name }) => name)
      .sort(),
  ).toEqual(Object.keys(routes).sort());
});
