import { watchSleep } from "./sleep";
import { testClock } from "./test-world";

test("a timer that comes far too late tells that the device slept; one that is held back does not", () => {
  const clock = testClock();
  let asleep = 0;
  let woken = 0;
  const stop = watchSleep({ ...clock, now: () => clock.now() + asleep }, () => {
    woken += 1;
  });
  clock.advance(60_000);
  asleep += 60_000;
  clock.advance(60_000);
  expect(woken).toBe(0);
  asleep += 8 * 60 * 60_000;
  clock.advance(10_000);
  expect(woken).toBe(1);
  clock.advance(60_000);
  expect(woken).toBe(1);
  stop();
  expect(clock.pending()).toBe(0);
});
