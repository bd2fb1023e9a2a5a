import { agoOf, dayNameOf, dayOf } from "./clock";

const now = new Date(2026, 2, 3, 10, 42);

test("a day is named by how far it is away", () => {
  expect(dayNameOf(new Date(2026, 2, 3, 0, 0), now)).toBe("Today");
  expect(dayNameOf(new Date(2026, 2, 2, 23, 59), now)).toBe("Yesterday");
  expect(dayNameOf(new Date(2026, 1, 14), now)).not.toContain("2026");
  expect(dayNameOf(new Date(2025, 1, 14), now)).toContain("2025");
});

test("days are counted by the calendar, also over a change of the clocks", () => {
  for (let day = 1; day < 366; day++) {
    expect(dayOf(new Date(2026, 0, day, 23, 59)) - dayOf(new Date(2026, 0, 1))).toBe(day - 1);
  }
});

test("roughly how long ago", () => {
  const ago = (minutes: number) => agoOf(new Date(now.getTime() - minutes * 60_000), now);
  expect([ago(0), ago(5), ago(180), ago(60 * 25), ago(60 * 24 * 4)]).toEqual([
    "just now",
    "5 min ago",
    "3 h ago",
    "yesterday",
    "4 days ago",
  ]);
});
