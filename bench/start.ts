import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { residentOf } from "./machine";
import { type Measure, median, show } from "./report";
import { startParley } from "./servers";

const megabyte = 1_048_576;

/** The process as `npm start` leaves it, with its own database: how soon it is healthy, and how large when nobody comes. */
export const start: Measure = async ({ quick }) => {
  const directory = await mkdtemp(join(tmpdir(), "parley-bench-start-"));
  try {
    // The first start makes the database; it is the warm ones that count.
    await (await startParley({ DATA_DIR: directory })).stop();
    const seconds: number[] = [];
    const sizes: number[] = [];
    for (let round = 0; round < (quick ? 2 : 5); round += 1) {
      const began = performance.now();
      const parley = await startParley({ DATA_DIR: directory });
      const { status } = await fetch(`http://127.0.0.1:${parley.port}/health`);
      if (status !== 200) throw new Error(`/health answered ${status}.`);
      seconds.push((performance.now() - began) / 1_000);
      await wait(5_000);
      sizes.push((residentOf(parley.pid) ?? Number.NaN) / megabyte);
      await parley.stop();
    }
    return [
      {
        what: "warm start to /health 200",
        value: median(seconds),
        unit: "s",
        goal: { at: "most", value: 3 },
        detail: `slowest ${show(Math.max(...seconds))} s`,
      },
      {
        what: "resident when idle, without the database",
        value: median(sizes),
        unit: "MB",
        goal: { at: "most", value: 220 },
        detail: "5 s after the start",
      },
    ];
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
};
