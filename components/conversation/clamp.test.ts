import { clampNesting } from "./clamp";

const opened = (line: string) =>
  (/^(?:[ \t]*(?:>|[-+*](?=[ \t]|$)|\d+[.)](?=[ \t]|$)))*/.exec(line)?.[0] ?? "").match(/[>*+.)-]/g) ?? [];

test("what people write stays as it is", () => {
  for (const text of [
    "> > > a quote in a quote",
    "- one\n  - two\n    - three\n\n1. first\n2. second",
    "**bold** and _italic_ and [a link](https://example.org)",
    "----------------------------------------",
    "a > b > c > d > e > f > g > h > i > j > k > l > m > n",
  ]) {
    expect(clampNesting(text)).toBe(text);
  }
});

test.each([
  [">".repeat(2_000)],
  ["> ".repeat(2_000)],
  ["- ".repeat(2_000)],
  ["1. ".repeat(1_300)],
  ["> - 1) ".repeat(500)],
])("%s… opens at most a dozen containers", (text) => {
  const clamped = clampNesting(text);
  expect(opened(clamped).length).toBeLessThanOrEqual(12);
  expect(clamped.replace("\\", "")).toBe(text);
});

test("thousands of emphasis marks in a line are shown as they are", () => {
  expect(clampNesting("*a_".repeat(1_300))).not.toMatch(/(?<!\\)[*_]/);
});
