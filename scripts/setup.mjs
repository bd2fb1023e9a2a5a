/**
 * What a fresh clone lacks: packages, the Prisma client, a build. Plain Node without packages, since it runs before
 * there are any. Each part is done only when what it depends on has changed.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");

/** Why set-up cannot go on, in one line that says what to do. */
export class SetupFailure extends Error {}

function fail(line) {
  throw new SetupFailure(line);
}

/** Runs a script: a set-up that fails is one line and exit code 1. */
export async function main(work) {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof SetupFailure)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

export function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  fail(`Parley needs Node 20.19 or later; this is ${process.versions.node}. Install a newer Node and start again.`);
}

function say(line) {
  process.stdout.write(`${line}\n`);
}

/**
 * Runs a program to its end; what it printed is shown only when it fails, or those lines of it that `shorten` keeps.
 * Resolves to whether it succeeded.
 */
export function run(command, args, { env = {}, show = false, shorten = (output) => output } = {}) {
  return new Promise((done) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, NEXT_TELEMETRY_DISABLED: "1", ...env },
      stdio: show ? "inherit" : ["ignore", "pipe", "pipe"],
      shell: process.platform === "win32" && command === "npm",
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (output += chunk));
    child.once("error", (error) => {
      process.stderr.write(`${error.message}\n`);
      done(false);
    });
    child.once("close", (code) => {
      if (code !== 0 && !show) process.stderr.write(shorten(output));
      done(code === 0);
    });
  });
}

async function readJson(file) {
  try {
    return JSON.parse(await readFile(join(root, file), "utf8"));
  } catch {
    return undefined;
  }
}

/** Whether node_modules holds what the lock file names, whoever installed it. */
async function installed() {
  const [wanted, present] = await Promise.all([
    readJson("package-lock.json"),
    readJson("node_modules/.package-lock.json"),
  ]);
  if (!wanted || !present) return false;
  return Object.entries(wanted.packages).every(
    ([path, entry]) => path === "" || entry.optional || present.packages[path]?.version === entry.version,
  );
}

async function install() {
  if (await installed()) return;
  say("Installing packages (a minute or two the first time) …");
  const options = ["ci", "--include=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const shorten = (output) => `${output.split("\n").filter(Boolean).slice(0, 3).join("\n")}\n`;
  if (await run("npm", options, { shorten })) return;
  fail(
    'The packages could not be installed. Check the connection to the npm registry and the disk; "npm ci" says more.',
  );
}

async function digest(files) {
  const hash = createHash("sha256").update(process.versions.node.split(".")[0]);
  for (const file of files)
    hash
      .update(file)
      .update("\0")
      .update(await readFile(join(root, file)));
  return hash.digest("hex");
}

/** Does `work` unless `stamp` says that it was done for the same files. */
async function unlessDone(stamp, files, work) {
  const current = await digest(files);
  const done = await readFile(join(root, stamp), "utf8").catch(() => "");
  if (done === current) return;
  await work();
  await mkdir(dirname(join(root, stamp)), { recursive: true });
  await writeFile(join(root, stamp), current);
}

async function generate() {
  await unlessDone(
    "generated/.made-from",
    ["prisma/schema.prisma", "prisma.config.ts", "package-lock.json"],
    async () => {
      // Prisma wants to download an engine that generating does not run; any existing program stands in for it.
      const env = {
        PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
        PRISMA_HIDE_UPDATE_MESSAGE: "1",
        CHECKPOINT_DISABLE: "1",
      };
      const prisma = join("node_modules", "prisma", "build", "index.js");
      if (!(await run(process.execPath, [prisma, "generate"], { env })))
        fail("The Prisma client could not be generated.");
    },
  );
}

async function sources() {
  const found = ["package-lock.json", "next.config.mjs", "tsconfig.json", "postcss.config.mjs", "prisma/schema.prisma"];
  for (const folder of ["app", "components", "lib", "server"]) {
    const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true });
    for (const entry of entries) {
      if (!entry.isFile() || /\.test\.tsx?$/.test(entry.name)) continue;
      found.push(join(entry.parentPath ?? entry.path, entry.name).slice(root.length + 1));
    }
  }
  return found.sort();
}

async function bundleServer(outdir, forTests) {
  const { build: bundle } = await import("esbuild");
  await bundle({
    absWorkingDir: root,
    entryPoints: ["server/index.ts"],
    outfile: join(outdir, "index.mjs"),
    bundle: true,
    platform: "node",
    target: "node20",
    format: "esm",
    packages: "external",
    sourcemap: "linked",
    define: { "process.env.PARLEY_FAILPOINTS": forTests ? '"built-in"' : '"none"' },
    minifySyntax: true,
    banner: { js: 'process.env.NODE_ENV ||= "production";' },
    logLevel: "warning",
  });
}

/**
 * Builds pages and server unless they are built from the same sources. The build for tests lies in directories of its
 * own and has failpoints compiled in.
 */
export async function build({ forTests = false } = {}) {
  const [pages, server] = forTests ? [".next-test", "dist/server-test"] : [".next", "dist/server"];
  await unlessDone(join(pages, "made-from"), await sources(), async () => {
    say(forTests ? "Building for the tests …" : "Building (half a minute the first time) …");
    const next = join("node_modules", "next", "dist", "bin", "next");
    const env = { NODE_ENV: "production", ...(forTests && { PARLEY_TEST_BUILD: "1" }) };
    if (!(await run(process.execPath, [next, "build"], { env }))) fail("The build failed; the lines above say why.");
    await bundleServer(server, forTests).catch(() => fail("The server could not be bundled; the lines above say why."));
  });
  return existsSync(join(root, server, "index.mjs"));
}

/** Everything short of a build. */
export async function prepare() {
  checkNode();
  await install();
  await generate();
}
