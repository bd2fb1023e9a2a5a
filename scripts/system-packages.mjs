/** Programs that the tests drive and npm does not carry. */
import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { run, SetupFailure } from "./setup.mjs";

const programs = [
  { package: "redis-server", names: ["redis-server"] },
  { package: "haproxy", names: ["haproxy"] },
  { package: "nginx-light", names: ["nginx"] },
  { package: "prometheus", names: ["promtool"] },
  { package: "chromium", names: ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"] },
];

/** The path of the first of these programs that is installed. */
export function findProgram(names) {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];
  for (const name of names) {
    for (const folder of folders) {
      try {
        accessSync(join(folder, name), constants.X_OK);
        return join(folder, name);
      } catch {
        // Not in this folder.
      }
    }
  }
  return undefined;
}

/** How packages may be installed here without asking anyone; undefined when they may not. */
function installer() {
  if (!findProgram(["apt-get"])) return undefined;
  if (process.getuid?.() === 0) return [];
  return spawnSync("sudo", ["-n", "true"], { stdio: "ignore" }).status === 0 ? ["sudo", "-n"] : undefined;
}

/** Installs what is missing where that is allowed; otherwise fails naming exactly what to install. */
export async function installSystemPackages() {
  const missing = programs.filter(({ names }) => !findProgram(names)).map((program) => program.package);
  if (missing.length === 0) return;
  const prefix = installer();
  if (prefix) {
    process.stdout.write(`Installing ${missing.join(", ")} from the system's packages …\n`);
    const [command, ...before] = [...prefix, "apt-get"];
    const env = { DEBIAN_FRONTEND: "noninteractive" };
    await run(command, [...before, "update"], { env });
    await run(command, [...before, "install", "-y", "--no-install-recommends", ...missing], { env });
  }
  const still = programs.filter(({ names }) => !findProgram(names)).map((program) => program.package);
  if (still.length === 0) return;
  throw new SetupFailure(
    `The tests need ${still.join(", ")}. Install with "apt-get install ${still.join(" ")}" (or your system's equivalent) and run them again.`,
  );
}
