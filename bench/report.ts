/** One line of the report: a number or a ratio against the baseline of the same run, and what it should be. */
export interface Finding {
  what: string;
  value: number;
  unit: "×" | "ms" | "s" | "kB" | "MB" | "queries" | "%";
  goal?: { at: "least" | "most"; value: number };
  /** The absolute numbers behind it. */
  detail: string;
  /** What holds it where it is, concluded from this run's own numbers. */
  bound?: string;
}

export interface Options {
  quick: boolean;
  /** The long form of measures that are told to watch for minutes. */
  full: boolean;
}

export type Measure = (options: Options) => Promise<Finding[]>;

export function median(values: number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

/** The value below which this part (0 to 1) of the values lies. */
export function quantile(values: number[], part: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

/** The median of the ratios of neighbours: what disturbs the machine for a while disturbs both. */
export function ratio(values: number[], baseline: number[]): number {
  return median(values.map((value, index) => value / (baseline[index] ?? Number.NaN)));
}

/** From this share of a core on, it is the core that bounds. */
const FULL = 0.85;

/**
 * Names what bounds a stretch of work by who used which share of a core in it (0 to 1, more where it has several): the
 * busiest, when it had a core nearly for itself; else nobody, and the time went by waiting.
 */
export function busiest(shares: Record<string, number>): string {
  const all = Object.entries(shares).sort(([, one], [, other]) => other - one);
  const [first] = all;
  const list = all.map(([name, share]) => `${name} ${(share * 100).toFixed(0)} %`).join(", ");
  if (!first) return "nothing was watched";
  return first[1] >= FULL ? `bound by the core of the ${first[0]} (busy: ${list})` : `no core is full (busy: ${list})`;
}

const digits = (value: number) => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2));

export function show(value: number): string {
  return value >= 1_000 ? Math.round(value).toLocaleString("en-US") : digits(value);
}

export function met({ value, goal }: Finding): boolean {
  if (!goal) return true;
  return goal.at === "least" ? value >= goal.value : value <= goal.value;
}

/** The finding as a line, with what an earlier run of the same measure gave, and a second one for what bounds it. */
export function line(finding: Finding, earlier?: number): string {
  const { what, value, unit, goal, detail, bound } = finding;
  const wanted = goal ? `${goal.at === "least" ? "≥" : "≤"} ${show(goal.value)} ${unit}` : "";
  const mark = goal ? (met(finding) ? "✓" : "✗") : " ";
  const before = earlier === undefined ? "" : `  (was ${show(earlier)} ${unit})`;
  const first = `${mark} ${what.padEnd(52)} ${`${show(value)} ${unit}`.padStart(12)}  ${wanted.padEnd(12)} ${detail}${before}`;
  return bound ? `${first}\n    → ${bound}` : first;
}
