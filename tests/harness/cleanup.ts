const tasks: (() => Promise<unknown> | unknown)[] = [];

/**
 * Runs `task` when the test file is done, the latest first, also when its tests or hooks failed: whatever a harness
 * starts ends with the file that started it.
 */
export function atEnd(task: () => Promise<unknown> | unknown): void {
  tasks.unshift(task);
}

async function runAll(): Promise<void> {
  for (const task of tasks.splice(0)) await task();
}

// Outside of a test file (the global set-up) whoever started something ends it.
if (typeof afterAll === "function") afterAll(runAll, 60_000);
