import type { Random } from "./random";

const lists: Record<string, readonly string[]> = {
  service:
    "search-indexer billing-api mailer gateway auth-service media-worker sync-service export-job webhook-relay session-store".split(
      " ",
    ),
  feature: [
    "saved filters",
    "bulk invite",
    "the new onboarding",
    "the audit log",
    "CSV export",
    "quick switching",
    "keyboard shortcuts",
    "inline replies",
    "guest access",
    "the usage dashboard",
    "scheduled messages",
    "pinned files",
  ],
  customer: [
    "Northwind",
    "Halden Bank",
    "Lumen Clinics",
    "Brightwater",
    "Kite & Co",
    "Ostrava Rail",
    "Mori Foods",
    "Studio Pell",
    "Tern Logistics",
    "Aldgate Schools",
  ],
  city: ["Lisbon", "Osaka", "Kraków", "Nairobi", "Montréal", "Tallinn", "Ghent", "Valencia"],
  day: ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"],
  book: ["Piranesi", "Klara and the Sun", "Invisible Cities", "Stoner", "The Left Hand of Darkness", "Middlemarch"],
  dish: ["lentil stew", "jollof rice", "pierogi", "okonomiyaki", "shakshuka", "mushroom risotto", "dal makhani"],
  newcomer: ["Thùy", "Marek", "Zoë", "Ivan", "Noa", "Sam", "Ingrid", "Pierre", "Óskar", "Leila", "Arjun", "Hannah"],
};

const made: Record<string, (random: Random) => string> = {
  pr: (random) => {
    const number = random.between(1_200, 2_400);
    return `[#${number}](https://code.example.org/harbor/pull/${number})`;
  },
  version: (random) => `2.${random.between(9, 31)}.${random.between(0, 6)}`,
  hour: (random) => `${random.between(8, 17)}:${random.between(10, 59)}`,
};

/** Fills `{customer}`, `{n:3-9}` and the like; the same slot keeps its value as long as `filled` lives. */
export function fill(text: string, filled: Map<string, string>, random: Random): string {
  return text.replace(/\{([a-z]+)(?::(\d+)-(\d+))?\}/g, (slot, name: string, min?: string, max?: string) => {
    const value = filled.get(slot) ?? valueFor(slot, name, min, max, random);
    filled.set(slot, value);
    return value;
  });
}

function valueFor(
  slot: string,
  name: string,
  min: string | undefined,
  max: string | undefined,
  random: Random,
): string {
  if (min !== undefined && max !== undefined) return String(random.between(Number(min), Number(max)));
  const list = lists[name];
  return list ? random.pick(list) : (made[name]?.(random) ?? slot);
}
