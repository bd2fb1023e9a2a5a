import type { Random } from "./random";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Between two scenes of one room, in ms. */
const PAUSE = 40_000;
/** Today's scene ended this long ago, in ms. */
const JUST_NOW = 4 * MINUTE;

/** Some moment of a working day, seldom of a weekend; today counts as a working day and is busy. */
function moment(since: Date, now: Date, random: Random): number {
  const days = Math.floor((now.getTime() - since.getTime()) / (24 * HOUR));
  for (;;) {
    const back = random.chance(0.1) ? 0 : random.between(0, days);
    const day = new Date(now);
    day.setDate(day.getDate() - back);
    const weekend = day.getDay() === 0 || day.getDay() === 6;
    if (weekend && back > 0 && !random.chance(0.08)) continue;
    // Two dice: more in the middle of the day than at its ends.
    const hour = 8.5 + (random.next() + random.next()) * 5;
    day.setHours(Math.floor(hour), Math.floor((hour % 1) * 60), random.between(0, 59), random.between(0, 999));
    if (day.getTime() >= since.getTime() && day.getTime() < now.getTime() - 10 * MINUTE) return day.getTime();
    // Before working hours there is no past of today yet.
    if (back === 0) return now.getTime() - random.between(3 * 60, 9 * 60) * MINUTE;
  }
}

/**
 * When scenes of these lengths (ms) begin, in ms since 1970: in this order, one after the other, over the days since
 * `since`; with `today` the last of them ends just now.
 */
export function spread(
  lengths: number[],
  { since, now, today }: { since: Date; now: Date; today: boolean },
  random: Random,
): number[] {
  const starts = lengths.map(() => moment(since, now, random)).sort((one, other) => one - other);
  const last = starts.length - 1;
  const end = now.getTime() - JUST_NOW - random.between(0, 20 * MINUTE);
  if (today) starts[last] = end - (lengths[last] ?? 0);
  for (let index = 1; index < last; index += 1) {
    starts[index] = Math.max(starts[index] ?? 0, (starts[index - 1] ?? 0) + (lengths[index - 1] ?? 0) + PAUSE);
  }
  let limit = today ? (starts[last] ?? 0) - PAUSE : now.getTime() - JUST_NOW;
  for (let index = today ? last - 1 : last; index >= 0; index -= 1) {
    starts[index] = Math.min(starts[index] ?? 0, limit - (lengths[index] ?? 0));
    limit = (starts[index] ?? 0) - PAUSE;
  }
  return starts;
}
