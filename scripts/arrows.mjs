/**
 * Holds the one direction of imports. What it prints says where the code should go instead.
 */
import { readdir, readFile } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { root } from "./setup.mjs";

/** Folder → what it may import, and where to put what does not fit. The longest matching folder counts. */
const rules = {
  "lib/protocol": {
    may: ["lib/protocol"],
    instead: "The contract stands alone: move the code that needs more to lib/domain or lib/client.",
  },
  "lib/infra": {
    may: ["lib/infra", "lib/protocol", "generated"],
    instead: "Infrastructure knows no rules of the product: move the rule to lib/domain.",
  },
  "lib/domain": {
    may: ["lib/domain", "lib/auth", "lib/infra", "lib/protocol", "generated"],
    instead: "The domain takes plain arguments: read requests in lib/http or server/sockets and pass values on.",
  },
  "lib/auth": {
    may: ["lib/auth", "lib/domain", "lib/infra", "lib/protocol", "generated"],
    instead: "What needs a route belongs to lib/http, what the product does to lib/domain.",
  },
  "lib/http": {
    may: ["lib/http", "lib/auth", "lib/domain", "lib/infra", "lib/protocol"],
    instead: "lib/http serves every route: what one route needs belongs to app/api or lib/domain.",
  },
  "lib/client": {
    may: ["lib/client", "lib/protocol"],
    instead: "The browser's half shares only lib/protocol with the server: put shared values there.",
  },
  components: {
    may: ["components", "lib/client", "lib/protocol"],
    instead: "Components see the server through lib/client: put the call there.",
  },
  app: {
    may: ["app", "components", "lib", "generated"],
    instead: "Pages and routes are thin: move what several need to components or lib.",
  },
  server: {
    may: ["server", "lib/http", "lib/auth", "lib/domain", "lib/infra", "lib/protocol"],
    instead: "The process knows no pages: put what both need in lib.",
  },
};

/** What may be loaded into browsers of the contract; of its other modules only types, since zod is heavy. */
const light = ["lib/protocol/limits", "lib/protocol/errors"];
const forBrowsers = ["lib/client", "components"];

const within = (path, folder) => path === folder || path.startsWith(`${folder}/`);

async function filesOf(folder) {
  const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) =>
      relative(root, join(entry.parentPath ?? entry.path, entry.name))
        .split(sep)
        .join("/"),
    );
}

const statement =
  /^(?:import|export)\s+(type\s+)?(?:[^"';]*?\sfrom\s+)?["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']/gm;

function importsOf(file, text) {
  return [...text.matchAll(statement)].flatMap(([, type, fixed, dynamic]) => {
    const name = fixed ?? dynamic;
    if (name.startsWith("@/")) return [{ target: name.slice(2), type: Boolean(type) }];
    if (!name.startsWith(".")) return [];
    return [
      {
        target: relative(root, resolve(root, dirname(file), name))
          .split(sep)
          .join("/"),
        type: Boolean(type),
      },
    ];
  });
}

/** Every import that goes against the arrows, as one line each. */
export async function wrongArrows() {
  const found = [];
  for (const folder of ["app", "components", "lib", "server"]) {
    for (const file of await filesOf(folder)) {
      const test = /\.test\.tsx?$/.test(file);
      const [home, rule] =
        Object.entries(rules)
          .filter(([name]) => within(file, name))
          .sort(([one], [other]) => other.length - one.length)[0] ?? [];
      if (!rule) {
        found.push(`${file}: lib holds protocol, domain, infra, auth, http and client; put it in one of them.`);
        continue;
      }
      if (/^(lib|components)\/.*\/index\.tsx?$/.test(file))
        found.push(`${file}: no barrels; import what is meant by its own name.`);
      if (test) continue;
      for (const { target, type } of importsOf(file, await readFile(join(root, file), "utf8"))) {
        if (!rule.may.some((name) => within(target, name))) found.push(`${file} imports ${target}. ${rule.instead}`);
        const heavy = within(target, "lib/protocol") && !type && !light.includes(target);
        if (heavy && forBrowsers.some((name) => within(home, name))) {
          found.push(
            `${file} imports ${target}. Browsers load of the contract only ${light.join(" and ")}; use "import type".`,
          );
        }
      }
    }
  }
  return found;
}
