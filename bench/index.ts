/**
 * `npm run bench` measures everything, `npm run bench -- send page` some of it. `--quick`: fewer repetitions and smaller
 * tables. `--full`: idle connections are watched for ten minutes. `--json FILE` also writes the findings;
 * `--compare FILE` shows beside each what that file holds. What is measured and why: docs/performance.md.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { away } from "./away";
import { connections } from "./connections";
import { firstLoad } from "./first-load";
import { largeRoom } from "./large-room";
import { login } from "./login";
import { describeMachine, pinClients, pinned } from "./machine";
import { page } from "./page";
import { replicas } from "./replicas";
import { type Finding, line, type Measure, met } from "./report";
import { search } from "./search";
import { sendDirect, sendToManyRooms, sendToOneRoom } from "./send";
import { root, stopLeftOvers } from "./servers";
import { start } from "./start";
import { sync } from "./sync";

const measures: Record<string, Measure> = {
  "send-room": sendToOneRoom,
  "send-rooms": sendToManyRooms,
  "send-direct": sendDirect,
  page,
  search,
  sync,
  away,
  "first-load": firstLoad,
  login,
  replicas,
  "large-room": largeRoom,
  start,
  connections,
};

interface Report {
  machine: string;
  at: string;
  findings: (Finding & { measure: string })[];
}

const { values: options, positionals: wanted } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: "boolean", default: false },
    full: { type: "boolean", default: false },
    json: { type: "string" },
    compare: { type: "string" },
  },
});
const isMeant = (name: string) => (word: string) => name === word || name.startsWith(`${word}-`);
const unknown = wanted.filter((word) => !Object.keys(measures).some((name) => isMeant(name)(word)));
if (unknown.length) {
  process.stderr.write(`There is no measure ${unknown.join(", ")}. There are ${Object.keys(measures).join(", ")}.\n`);
  process.exit(1);
}
const earlier = options.compare ? (JSON.parse(readFileSync(options.compare, "utf8")) as Report) : undefined;
process.env.LOG_LEVEL ??= "warn";
const build = spawnSync(process.execPath, [join(root, "scripts", "build.mjs")], { stdio: "inherit" });
if (build.status !== 0) process.exit(1);
pinClients();
const report: Report = { machine: describeMachine(), at: new Date().toISOString(), findings: [] };
process.stdout.write(`\n${report.machine}\n`);
if (!pinned) {
  process.stdout.write("Servers and clients share the cores (no taskset, or one core only): ratios will be rough.\n");
}
const failed: string[] = [];

/** What a measure found; nothing, and its name among the failed, when it could not be taken: the others still are. */
async function take(name: string, measure: Measure): Promise<Finding[]> {
  try {
    return await measure(options);
  } catch (error) {
    failed.push(name);
    process.stdout.write(`✗ could not be measured: ${(error as Error).stack}\n`);
    await stopLeftOvers();
    return [];
  }
}

for (const [name, measure] of Object.entries(measures)) {
  if (wanted.length && !wanted.some(isMeant(name))) continue;
  process.stdout.write(`\n${name}\n`);
  const start = performance.now();
  for (const finding of await take(name, measure)) {
    const before = earlier?.findings.find(({ measure, what }) => measure === name && what === finding.what)?.value;
    process.stdout.write(`${line(finding, before)}\n`);
    report.findings.push({ measure: name, ...finding });
  }
  process.stdout.write(`  (${((performance.now() - start) / 1_000).toFixed(0)} s)\n`);
  if (options.json) writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
}
const missed = report.findings.filter((finding) => !met(finding)).length;
process.stdout.write(missed ? `\n${missed} goals missed; docs/performance.md says why.\n` : "\nNo goal missed.\n");
if (failed.length) process.stdout.write(`Not measured: ${failed.join(", ")}.\n`);
process.exit(failed.length ? 1 : 0);
