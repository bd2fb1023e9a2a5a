/**
 * `npm run lockfile`: completes package-lock.json after packages were added through a registry that does not carry the
 * builds for other systems. npm then leaves those optional packages out, and `npm ci` refuses the file everywhere.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "./setup.mjs";

const systems = ["aix", "android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "openharmony", "sunos", "win32"];
const processors = ["arm", "arm64", "ia32", "loong64", "mips64el", "ppc64", "riscv64", "s390x", "wasm32", "x64"];

/** What such a package's own manifest says, as its name tells: `@swc/core-linux-arm64-musl`. */
function restrictions(name) {
  const words = name.split(/[-/]/);
  const os = words.filter((word) => systems.includes(word));
  const cpu = words.filter((word) => processors.includes(word));
  const libc = words.some((word) => word.startsWith("musl"))
    ? ["musl"]
    : words.some((word) => word.startsWith("gnu"))
      ? ["glibc"]
      : [];
  return {
    ...(cpu.length > 0 && { cpu }),
    ...(os.includes("linux") && libc.length > 0 && { libc }),
    ...(os.length > 0 && { os }),
  };
}

/** The optional packages of other systems that the lock file's packages name and it does not hold. */
export function missingPackages({ packages }) {
  const missing = new Map();
  for (const [path, { optionalDependencies = {}, dev }] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(optionalDependencies)) {
      const held = [`${path}/node_modules/${name}`, `node_modules/${name}`].some((place) => place in packages);
      const limits = restrictions(name);
      if (held || !(limits.os || limits.cpu)) continue;
      missing.set(`node_modules/${name}`, { version, ...limits, ...(dev && { dev }), optional: true });
    }
  }
  return missing;
}

async function complete() {
  const file = join(root, "package-lock.json");
  const lock = JSON.parse(await readFile(file, "utf8"));
  const missing = missingPackages(lock);
  const { "": project, ...held } = lock.packages;
  const packages = Object.entries({ ...held, ...Object.fromEntries(missing) }).sort(([one], [other]) =>
    one.localeCompare(other, "en"),
  );
  lock.packages = { "": project, ...Object.fromEntries(packages) };
  if (missing.size > 0) await writeFile(file, `${JSON.stringify(lock, null, 2)}\n`);
  process.stdout.write(`${missing.size} packages of other systems added to package-lock.json\n`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await complete();
