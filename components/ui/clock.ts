export type ClockStyle = "auto" | "12" | "24";

const hourCycles = { auto: undefined, "12": true, "24": false } as const;
const formats = new Map<string, Intl.DateTimeFormat>();

function format(key: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const known = formats.get(key);
  if (known) return known;
  const made = new Intl.DateTimeFormat(undefined, options);
  formats.set(key, made);
  return made;
}

/** "10:42", in the reader's time zone. */
export function timeOf(date: Date, clock: ClockStyle = "auto"): string {
  return format(`time-${clock}`, { hour: "numeric", minute: "2-digit", hour12: hourCycles[clock] }).format(date);
}

/** "Tuesday, 3 March 2026 at 10:42:07". */
export function exactTimeOf(date: Date, clock: ClockStyle = "auto"): string {
  return format(`exact-${clock}`, {
    dateStyle: "full",
    timeStyle: "medium",
    hour12: hourCycles[clock],
  }).format(date);
}

/** A number that two moments share when they fall on one day of the reader's calendar; consecutive days differ by one. */
export function dayOf(date: Date): number {
  return Math.round(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / 86_400_000);
}

/** "Today", "Yesterday", "Tuesday, 3 March", and with the year when it is another one. */
export function dayNameOf(date: Date, now: Date): string {
  const ago = dayOf(now) - dayOf(date);
  if (ago === 0) return "Today";
  if (ago === 1) return "Yesterday";
  const sameYear = date.getFullYear() === now.getFullYear();
  return format(`day-${sameYear}`, {
    weekday: "long",
    day: "numeric",
    month: "long",
    ...(!sameYear && { year: "numeric" }),
  }).format(date);
}

/** "just now", "5 min ago", "3 h ago", "yesterday", then the date: for what is only roughly of interest. */
export function agoOf(date: Date, now: Date): string {
  const minutes = Math.floor((now.getTime() - date.getTime()) / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ago`;
  const days = dayOf(now) - dayOf(date);
  if (days <= 1) return "yesterday";
  return days < 30 ? `${days} days ago` : format("date", { dateStyle: "medium" }).format(date);
}
