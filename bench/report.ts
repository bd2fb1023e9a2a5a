/** One line of the report: a ratio against the baseline of the same run, and what it should be. */
export interface Finding {
  what: string;
  value: number;
  unit: "×" | "ms" | "s" | "MB" | "queries";
  goal?: { at: "least" | "most"; value: number };
  /** The absolute numbers behind it. */
  detail: string;
}

export interface Options {
  quick: boolean;
}

export type Measure = (options: Options) => Promise<Finding[]>;

export function median(values: number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

/** The median of the ratios of neighbours: what disturbs the machine for a while disturbs both. */
export function ratio(values: number[], baseline: number[]): number {
  return median(values.map((value, index) => value / (baseline[index] ?? Number.NaN)));
}

const digits = (value: number) => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2));

export function show(value: number): string {
  return value >= 1_000 ? Math.round(value).toLocaleString("en-US") : digits(value);
}

export function met({ value, goal }: Finding): boolean {
  if (!goal) return true;
  return goal.at === "least" ? value >= goal.value : value <= goal.value;
}

export function line(finding: Finding): string {
  const { what, value, unit, goal, detail } = finding;
  const wanted = goal ? `${goal.at === "least" ? "≥" : "≤"} ${show(goal.value)} ${unit}` : "";
  const mark = goal ? (met(finding) ? "✓" : "✗") : " ";
  return `${mark} ${what.padEnd(52)} ${`${show(value)} ${unit}`.padStart(12)}  ${wanted.padEnd(12)} ${detail}`;
}
