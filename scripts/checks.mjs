/** The checks of `npm run check`, which `npm test` runs too; each resolves to whether it passed and prints why not. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { wrongArrows } from "./arrows.mjs";
import { root, run } from "./setup.mjs";

const bin = (...path) => join("node_modules", ...path);

async function types() {
  if (!existsSync(join(root, "next-env.d.ts"))) {
    if (!(await run(process.execPath, [bin("next", "dist", "bin", "next"), "typegen"]))) return false;
  }
  return run(process.execPath, [bin("typescript", "bin", "tsc"), "--noEmit"], { show: true });
}

async function arrows() {
  const found = await wrongArrows();
  for (const line of found) process.stderr.write(`${line}\n`);
  return found.length === 0;
}

export const checks = {
  lint: () =>
    run(process.execPath, [bin("@biomejs", "biome", "bin", "biome"), "check", "--error-on-warnings"], { show: true }),
  types,
  arrows,
  protocol: () =>
    run(process.execPath, [bin("tsx", "dist", "cli.mjs"), "scripts/protocol.ts", "--check"], { show: true }),
};
