import { appendFileSync } from "node:fs";

export interface Figure {
  name: string;
  value: number | string;
  unit: string;
  atMost?: number;
  atLeast?: number;
}

/** One line of the table that a run of the matrix ends with. */
export interface CaseReport {
  ids: string[];
  what: string;
  figures: Figure[];
  passed: boolean;
  seconds: number;
}

function figureText({ name, value, unit, atMost, atLeast }: Figure): string {
  const number = typeof value === "number" ? Number(value.toPrecision(3)) : value;
  const limit = atMost !== undefined ? ` (≤ ${atMost})` : atLeast !== undefined ? ` (≥ ${atLeast})` : "";
  return `${name} ${number}${unit ? ` ${unit}` : ""}${limit}`;
}

/** Adds a line for the table: to the file that `npm run test:faults` names, else to what is printed. */
export function reportCase(report: CaseReport): void {
  const file = process.env.FAULTS_REPORT;
  const { ids, passed, seconds, figures } = report;
  const line = `${ids.join(" ")} ${passed ? "passed" : "FAILED"} in ${seconds} s: ${figures.map(figureText).join(" · ")}`;
  if (file) appendFileSync(file, `${JSON.stringify(report)}\n`);
  else process.stdout.write(`${line}\n`);
}
