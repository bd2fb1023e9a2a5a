/**
 * `npm test`: whatever set-up is missing, then every check and test, of the fault matrix its quick cases; the last line is
 * the sum. With `--faults`: the whole matrix alone, or those of its cases that FAULTS names ("F06,F07").
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { checks } from "./checks.mjs";
import { filesOf, tableOf, wantedCases } from "./fault-matrix.mjs";
import { build, prepare, root, SetupFailure } from "./setup.mjs";
import { installSystemPackages } from "./system-packages.mjs";

const onlyFaults = process.argv.includes("--faults");
const sum = { passed: 0, failed: 0 };
/** Far above what a suite takes: one that never ends is a failure, not a run that never ends. */
const suiteLimitMs = 12 * 60_000;
const matrixLimitMs = 40 * 60_000;

function say(line) {
  process.stdout.write(`${line}\n`);
}

/** Counts one project of jest.config.ts. A run that crashes or finds no tests, and a test that is skipped, count as failed. */
async function runTests(project, options = [], { variables = {}, limitMs = suiteLimitMs } = {}) {
  say(`\n— ${project}`);
  const directory = mkdtempSync(join(tmpdir(), "parley-results-"));
  const file = join(directory, "results.json");
  const jest = join("node_modules", "jest", "bin", "jest.js");
  const flags = ["--selectProjects", project, "--json", `--outputFile=${file}`, ...options];
  const node = ["--experimental-vm-modules", "--disable-warning=ExperimentalWarning"];
  const env = { ...process.env, NODE_ENV: "test", LOG_LEVEL: process.env.LOG_LEVEL ?? "silent", ...variables };
  const child = spawn(process.execPath, [...node, jest, ...flags], {
    cwd: root,
    env,
    stdio: ["ignore", "ignore", "inherit"],
    timeout: limitMs,
    killSignal: "SIGKILL",
  });
  const status = await new Promise((done) => {
    child.once("error", done).once("close", done);
  });
  try {
    const results = JSON.parse(readFileSync(file, "utf8"));
    const failed =
      results.numFailedTests + results.numRuntimeErrorTestSuites + results.numPendingTests + results.numTodoTests;
    sum.passed += results.numPassedTests;
    sum.failed += failed || (status === 0 ? 0 : 1);
  } catch {
    say(`${project}: the test runner did not finish`);
    sum.failed += 1;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The cases of the fault matrix, and their table. A case that did not report counts as failed. */
async function runFaults(wanted) {
  const directory = mkdtempSync(join(tmpdir(), "parley-faults-"));
  const report = join(directory, "report.jsonl");
  const cases = wantedCases(wanted);
  const variables = { FAULTS: wanted, FAULTS_REPORT: report };
  // Each stops and stalls what another would measure. Node 20, left to end by itself after so many broken connections,
  // may turn for ever in the clean-up of its handles: Jest ends it.
  const options = ["--runInBand", "--forceExit", "--testPathPatterns", ...filesOf(wanted)];
  await runTests("faults", options, { variables, limitMs: matrixLimitMs });
  const { table, missing } = tableOf(cases, report);
  say(`\n${table.join("\n")}`);
  sum.failed += missing.length;
  rmSync(directory, { recursive: true, force: true });
}

async function runCheck(name) {
  const passed = await checks[name]();
  say(`${name}: ${passed ? "passed" : "failed"}`);
  sum[passed ? "passed" : "failed"] += 1;
}

/** What needs one core each, in two rows beside each other. The types come before the build, which writes some anew. */
async function checkAndBuild() {
  const rows = await Promise.allSettled([
    (async () => {
      await runCheck("types");
      await build({ forTests: true });
    })(),
    (async () => {
      for (const name of Object.keys(checks).filter((one) => one !== "types")) await runCheck(name);
      await runTests("unit", ["--maxWorkers=1"]);
    })(),
  ]);
  for (const row of rows) if (row.status === "rejected") throw row.reason;
}

try {
  await prepare();
  await installSystemPackages();
  if (onlyFaults) await build({ forTests: true });
  else {
    await checkAndBuild();
    // Most of what these do is to wait for periods to end: one more than there are cores keeps the cores busy.
    await runTests("integration", [`--maxWorkers=${Math.min(4, availableParallelism() + 1)}`]);
    await runTests("e2e", ["--maxWorkers=2"]);
  }
  await runFaults(onlyFaults ? (process.env.FAULTS ?? "") : "quick");
} catch (error) {
  process.stderr.write(`${error instanceof SetupFailure ? error.message : error.stack}\n`);
  sum.failed += 1;
}
say(`\n${sum.passed} passed, ${sum.failed} failed`);
process.exit(sum.failed === 0 ? 0 : 1);
