import { MIN_PASSWORD } from "@/lib/protocol/limits";

export interface Strength {
  /** 0: nothing typed, 1: too short, to 4: strong. */
  level: 0 | 1 | 2 | 3 | 4;
  label: string;
}

/** Bits that one more sign adds, by the kinds of signs in use: log2 of the size of the alphabet. */
function bitsPerSign(password: string): number {
  const kinds: [RegExp, number][] = [
    [/\p{Ll}/u, 26],
    [/\p{Lu}/u, 26],
    [/\d/, 10],
    [/[^\p{L}\d]/u, 33],
    [/\p{Lo}/u, 100],
  ];
  const alphabet = kinds.reduce((sum, [kind, size]) => sum + (kind.test(password) ? size : 0), 0);
  return Math.log2(Math.max(2, alphabet));
}

/** Signs that are not foretold by the ones before them: repeats and steps (aaa, 123, cba) count once. */
function surprisingSigns(password: string): number {
  const points = Array.from(password.toLowerCase(), (sign) => sign.codePointAt(0) ?? 0);
  let count = 0;
  points.forEach((point, index) => {
    const step = point - (points[index - 1] ?? Number.NaN);
    const before = (points[index - 1] ?? Number.NaN) - (points[index - 2] ?? Number.NaN);
    if (!(Math.abs(step) <= 1 && step === before)) count++;
  });
  return count;
}

/**
 * A rough guide while typing, not a rule: the server alone decides what it takes.
 * `known`: what an attacker would try first, such as the username; it counts for nothing.
 */
export function passwordStrength(password: string, known: readonly string[] = []): Strength {
  if (password === "") return { level: 0, label: "" };
  let rest = password;
  for (const word of known) {
    const at = word.length >= 3 ? rest.toLowerCase().indexOf(word.toLowerCase()) : -1;
    if (at >= 0) rest = rest.slice(0, at) + rest.slice(at + word.length);
  }
  const length = Array.from(password).length;
  if (length < MIN_PASSWORD) {
    return {
      level: 1,
      label: `${MIN_PASSWORD - length} more ${MIN_PASSWORD - length === 1 ? "character" : "characters"}`,
    };
  }
  const bits = surprisingSigns(rest) * bitsPerSign(rest);
  if (bits < 40) return { level: 1, label: "Easy to guess" };
  if (bits < 55) return { level: 2, label: "Fair" };
  if (bits < 75) return { level: 3, label: "Good" };
  return { level: 4, label: "Strong" };
}
