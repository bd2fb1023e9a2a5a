import { setImmediate as nextTurn } from "node:timers/promises";
import { beginInTurns } from "./begin-in-turns";

test("what comes together begins two a turn, in its order, and a later one at once again", async () => {
  const begin = beginInTurns(2);
  const begun: number[] = [];
  const start = (n: number) => begin().then(() => begun.push(n));
  for (let n = 1; n <= 5; n += 1) void start(n);
  const seen: number[][] = [];
  for (let turn = 0; turn < 4; turn += 1) {
    await nextTurn();
    seen.push([...begun]);
  }
  expect(seen.map(({ length }) => length)).toEqual([4, 5, 5, 5]);
  expect(begun).toEqual([1, 2, 3, 4, 5]);
  await start(6);
  expect(begun).toEqual([1, 2, 3, 4, 5, 6]);
});
