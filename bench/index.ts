/**
 * `npm run bench` measures everything, `npm run bench -- send page` some of it, `--quick` with fewer repetitions. What is
 * measured and why: docs/performance.md.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { connections } from "./connections";
import { pinClients, pinned } from "./machine";
import { page } from "./page";
import { line, type Measure, met } from "./report";
import { sendDirect, sendToManyRooms, sendToOneRoom } from "./send";
import { root } from "./servers";
import { start } from "./start";
import { sync } from "./sync";

const measures: Record<string, Measure> = {
  "send-room": sendToOneRoom,
  "send-rooms": sendToManyRooms,
  "send-direct": sendDirect,
  page,
  sync,
  start,
  connections,
};

const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const isMeant = (name: string) => (word: string) => name === word || name.startsWith(`${word}-`);
const unknown = wanted.filter((word) => !Object.keys(measures).some((name) => isMeant(name)(word)));
if (unknown.length) {
  process.stderr.write(`There is no measure ${unknown.join(", ")}. There are ${Object.keys(measures).join(", ")}.\n`);
  process.exit(1);
}
process.env.LOG_LEVEL ??= "warn";
const build = spawnSync(process.execPath, [join(root, "scripts", "build.mjs")], { stdio: "inherit" });
if (build.status !== 0) process.exit(1);
pinClients();
if (!pinned) {
  process.stdout.write("Servers and clients share the cores (no taskset, or one core only): ratios will be rough.\n");
}
const quick = process.argv.includes("--quick");
let missed = 0;
for (const [name, measure] of Object.entries(measures)) {
  if (wanted.length && !wanted.some(isMeant(name))) continue;
  process.stdout.write(`\n${name}\n`);
  for (const finding of await measure({ quick })) {
    process.stdout.write(`${line(finding)}\n`);
    if (!met(finding)) missed += 1;
  }
}
process.stdout.write(missed ? `\n${missed} goals missed; docs/performance.md says why.\n` : "\nAll goals met.\n");
process.exit(0);
