/** Which files of tests/faults a run needs, and the table it ends with. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./setup.mjs";

const folder = join(root, "tests", "faults");
/** @type {{ id: string, fault: string, quick?: boolean, waitsFor?: string }[]} */
const matrix = JSON.parse(readFileSync(join(folder, "matrix.json"), "utf8"));

/** The ids that `FAULTS` asks for: all that can run, those of `npm test` ("quick"), or those named by comma. */
export function wantedCases(wanted = "") {
  const rows = matrix.filter((row) => !row.waitsFor);
  if (wanted === "quick") return rows.filter((row) => row.quick).map(({ id }) => id);
  if (wanted === "") return rows.map(({ id }) => id);
  return wanted.split(",");
}

/** Plays the quick cases of several files on one stage. */
const together = "quick.test.ts";

/** Files with a case that `FAULTS` asks for, and the checker's own proof. Jest counts a file in which nothing runs as failed. */
export function filesOf(wanted) {
  const ids = wantedCases(wanted);
  const text = (file) => readFileSync(join(folder, file), "utf8");
  const imported = text(together);
  return readdirSync(folder)
    .filter((file) => file.endsWith(".test.ts"))
    .filter((file) => (wanted === "quick" ? !imported.includes(`"./${file.replace(/\.ts$/, "")}"`) : file !== together))
    .filter((file) => {
      const cases = text(file).match(/(?<=")F\d\d(?=")/g) ?? [];
      return cases.length === 0 || cases.some((id) => ids.includes(id));
    })
    .map((file) => join("tests", "faults", file));
}

function figureText({ name, value, unit, atMost, atLeast }) {
  const limit = atMost !== undefined ? ` (≤ ${atMost})` : atLeast !== undefined ? ` (≥ ${atLeast})` : "";
  const rounded = typeof value === "number" ? Number(value.toPrecision(3)) : value;
  return `${name} ${rounded}${unit ? ` ${unit}` : ""}${limit}`;
}

/** The table of a run: its lines, and the wanted cases of which no line was reported. */
export function tableOf(ids, reportFile) {
  const lines = existsSync(reportFile) ? readFileSync(reportFile, "utf8").trim().split("\n").filter(Boolean) : [];
  const reports = lines.map((line) => JSON.parse(line));
  const missing = [];
  const table = matrix.flatMap((row) => {
    if (row.waitsFor) return [`${row.id}  waits    for ${row.waitsFor}: ${row.fault}`];
    if (!ids.includes(row.id)) return [];
    const own = reports.filter((report) => report.ids.includes(row.id));
    if (own.length === 0) {
      missing.push(row.id);
      return [`${row.id}  FAILED   ${row.fault}: no figures; the lines above say why`];
    }
    return own.map(({ passed, what, seconds, figures }) => {
      const head = `${row.id}  ${passed ? "passed" : "FAILED"}   ${what} (${seconds} s)`;
      return [head, ...figures.map((figure) => `                 ${figureText(figure)}`)].join("\n");
    });
  });
  return { table, missing };
}
