const KEY = "parley-emoji";
/** How many are remembered; the rarest makes room. */
const MEMORY = 24;
const first = ["👍", "❤️", "😂"];

type Counts = Record<string, number>;

function read(): Counts {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    return typeof kept === "object" && kept !== null ? (kept as Counts) : {};
  } catch {
    return {};
  }
}

/** Remembers on this device that an emoji was used. */
export function countEmoji(emoji: string): void {
  const counts = { ...read(), [emoji]: (read()[emoji] ?? 0) + 1 };
  const kept = Object.entries(counts)
    .sort((a, b) => b[1] - a[1])
    .slice(0, MEMORY);
  try {
    localStorage.setItem(KEY, JSON.stringify(Object.fromEntries(kept)));
  } catch {
    // Storage may be full or forbidden; the usual three are then offered again.
  }
}

/** The emoji used most on this device, filled up with three that everybody knows. */
export function frequentEmoji(count = 3): string[] {
  const used = Object.entries(read())
    .sort((a, b) => b[1] - a[1])
    .map(([emoji]) => emoji);
  return [...new Set([...used, ...first])].slice(0, count);
}
