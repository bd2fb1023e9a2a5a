/**
 * Loaded into a server by the benchmark only (`--expose-gc --import`): answers over the process's own channel how much
 * memory is left after a collection, how late timers came, and where its processor time went.
 */
import { Session } from "node:inspector/promises";
import { setTimeout as wait } from "node:timers/promises";
import { isMainThread } from "node:worker_threads";

/** How often the event loop is looked at, in ms. */
const TICK_MS = 2;

/** Most samples kept: ten minutes' worth would be too many to sort. */
const MAX_SAMPLES = 200_000;

let delays = [];
let timer;

/**
 * While the loop is blocked nothing is sampled; what would have been is filled in (as HdrHistogram does for an expected
 * interval), so that the delays are those of requests that come at any time.
 */
function watchLoop() {
  let last = performance.now();
  const tick = () => {
    const now = performance.now();
    for (let late = now - last - TICK_MS; ; late -= TICK_MS) {
      if (delays.length < MAX_SAMPLES) delays.push(Math.max(0, late));
      if (late <= TICK_MS) break;
    }
    last = now;
    timer = setTimeout(tick, TICK_MS);
  };
  timer = setTimeout(tick, TICK_MS);
}

/** Collections until one frees next to nothing: code that is no longer run goes only after several. */
async function settled() {
  for (let round = 0, last = Number.POSITIVE_INFINITY; round < 15; round += 1) {
    globalThis.gc();
    await wait(200);
    const { heapUsed, rss } = process.memoryUsage();
    if (round >= 5 && last - rss - heapUsed < 200_000) break;
    last = rss + heapUsed;
  }
  return process.memoryUsage();
}

/** In µs, between two looks at what the processor does. */
const SAMPLE_US = 250;

let session;

const answers = {
  async profile() {
    session = new Session();
    session.connect();
    await session.post("Profiler.enable");
    await session.post("Profiler.setSamplingInterval", { interval: SAMPLE_US });
    await session.post("Profiler.start");
    return {};
  },
  async profiled() {
    const { profile } = await session.post("Profiler.stop");
    session.disconnect();
    return profile;
  },
  memory: settled,
  watch() {
    clearTimeout(timer);
    delays = [];
    watchLoop();
    return {};
  },
  delays() {
    clearTimeout(timer);
    return { delays };
  },
};

if (isMainThread && process.channel) {
  process.on("message", async ({ id, question }) => process.send({ id, answer: await answers[question]() }));
  process.channel.unref();
}
