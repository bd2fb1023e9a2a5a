import { Background } from "./background";

/** Resolves when the work it gives out has run this often. */
function counted(times: number, each: () => unknown = () => {}) {
  let runs = 0;
  let reached: () => void = () => {};
  const done = new Promise<void>((resolve) => {
    reached = resolve;
  });
  const work = () => {
    runs += 1;
    if (runs === times) reached();
    return each();
  };
  return { work, done, runs: () => runs };
}

test("a loop goes on after a failure, which is counted under its name", async () => {
  const background = new Background();
  const { work, done } = counted(3, () => Promise.reject(new Error("broken")));
  background.every("failing", 1, work);
  await done;
  await background.stop();
  expect(background.failures().get("failing")).toBe(3);
});

test("runs of one loop never overlap, and stopping waits for the run in hand", async () => {
  const background = new Background();
  let inside = 0;
  let most = 0;
  const { work, done, runs } = counted(3, async () => {
    inside += 1;
    most = Math.max(most, inside);
    await new Promise((resolve) => setTimeout(resolve, 5));
    inside -= 1;
  });
  const task = background.every("slow", 1, work);
  await done;
  await task.stop();
  expect({ inside, most }).toEqual({ inside: 0, most: 1 });
  const before = runs();
  const { work: other, done: later } = counted(3);
  background.every("another", 1, other);
  await later;
  expect(runs()).toBe(before);
  await background.stop();
});

test("a run that never ends is given up, and the loop lives", async () => {
  const background = new Background({ runLimitMs: 10 });
  const { work, done } = counted(2, () => new Promise(() => {}));
  background.every("hanging", 1, work);
  await done;
  expect(background.failures().get("hanging")).toBe(1);
  await background.stop();
});

test("stopping waits for what follows requests; afterwards nothing begins", async () => {
  const background = new Background();
  let finish: () => void = () => {};
  const order: string[] = [];
  const taken = background.follow("following", async () => {
    await new Promise<void>((resolve) => {
      finish = resolve;
    });
    order.push("work");
  });
  const stopped = background.stop().then(() => order.push("stopped"));
  finish();
  await stopped;
  expect({ taken, order }).toEqual({ taken: true, order: ["work", "stopped"] });
  expect(background.follow("late", async () => order.push("late"))).toBe(false);
  expect(order).toEqual(["work", "stopped"]);
  expect(background.failures().get("late")).toBe(1);
});

test("what follows requests is bounded", async () => {
  const background = new Background({ maxFollowing: 2 });
  let finish: () => void = () => {};
  const held = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const taken = [1, 2, 3].map(() => background.follow("many", () => held));
  finish();
  await background.stop();
  expect(taken).toEqual([true, true, false]);
});
