import { setTimeout as wait } from "node:timers/promises";
import { hashPassword } from "@/lib/auth/passwords";
import { Crowd, type Window } from "./crowd";
import { waitOf, watchCores } from "./machine";
import { makePeople, makeRooms } from "./people";
import { busiest, type Measure, median, quantile, ratio, show } from "./report";
import { startDatabase, startParley } from "./servers";

const STORM = 50;
const password = "a long enough password";

async function logIn(port: number, login: string): Promise<number> {
  const start = performance.now();
  const answer = await fetch(`http://127.0.0.1:${port}/api/auth/login`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-client": "api" },
    body: JSON.stringify({ login, password }),
  });
  if (answer.status !== 200) throw new Error(`A sign-in was answered ${answer.status}: ${await answer.text()}`);
  await answer.arrayBuffer();
  return performance.now() - start;
}

/** Fifty people sign in at once while others talk, beside a stretch of the same talk in which nobody does. */
export const login: Measure = async ({ quick }) => {
  const database = await startDatabase();
  const rooms = await makeRooms(database.pool, { count: 1, size: 50 });
  const people = await makePeople(database.pool, STORM);
  const hash = await hashPassword(password);
  await database.pool.query(`UPDATE "User" SET "passwordHash" = $2 WHERE id = ANY($1::text[])`, [
    people.map(({ userId }) => userId),
    hash,
  ]);
  const parley = await startParley({ DATABASE_URL: database.url }, { probe: true });
  const crowd = await Crowd.connect(parley.port, rooms.parley(true));
  const [quiet, storm]: [Window[], Window[]] = [[], []];
  const [delays, calm, waits]: [number[][], number[][], number[]] = [[], [], []];
  const waited: { storm: number[]; quiet: number[] } = { storm: [], quiet: [] };
  /** Keeps which part of the time the event loop was ready and another had its core. */
  const watchWaiting = async (to: number[], work: () => Promise<unknown>) => {
    const [start, before] = [performance.now(), waitOf(parley.pid) ?? Number.NaN];
    await work();
    to.push(((waitOf(parley.pid) ?? Number.NaN) - before) / ((performance.now() - start) / 1_000));
  };
  let bound = "";
  try {
    // The first of all loads the route.
    await logIn(parley.port, people[0]?.userId ?? "");
    await crowd.openLoop(100, 3_000);
    for (let round = 0; round < (quick ? 1 : 3); round += 1) {
      let seconds = 0;
      const shares = watchCores(parley.pid, database.pid);
      const during = await parley.loopDelays(async () => {
        const began = performance.now();
        const signedIn = Promise.all(people.map(({ userId }) => logIn(parley.port, userId)));
        await watchWaiting(waited.storm, async () =>
          storm.push(await crowd.openLoop(100, async () => waits.push(...(await signedIn)))),
        );
        seconds = (performance.now() - began) / 1_000;
      });
      bound = busiest(shares());
      delays.push(during);
      await wait(1_000);
      calm.push(
        await parley.loopDelays(async () => {
          await watchWaiting(waited.quiet, async () =>
            quiet.push(await crowd.openLoop(100, Math.min(seconds, 15) * 1_000)),
          );
        }),
      );
    }
  } finally {
    crowd.close();
    await parley.stop();
    await database.stop();
  }
  const p99 = (all: number[][]) => median(all.map((each) => quantile(each, 0.99)));
  const percent = (parts: number[]) => `${(median(parts) * 100).toFixed(1)} %`;
  const acks = (windows: Window[]) => windows.map(({ ackP99 }) => ackP99);
  return [
    {
      what: `${STORM} sign-ins at once: event-loop delay p99`,
      value: p99(delays),
      unit: "ms",
      goal: { at: "most", value: 50 },
      detail: `without them ${show(p99(calm))} ms; longest ${show(median(delays.map((each) => Math.max(...each))))} / ${show(median(calm.map((each) => Math.max(...each))))} ms`,
      bound: `the loop waited for its core ${percent(waited.storm)} of the time, without them ${percent(waited.quiet)}; passwords are compared by a worker, ${show(median(waits) / 1_000)} s to the median sign-in, ${show(Math.max(...waits) / 1_000)} s to the last; ${bound}`,
    },
    {
      what: `${STORM} sign-ins at once: other people's acknowledgements p99`,
      value: ratio(acks(storm), acks(quiet)),
      unit: "×",
      goal: { at: "most", value: 1.5 },
      detail: `${show(median(acks(storm)))} / ${show(median(acks(quiet)))} ms, p50 ${show(median(storm.map(({ ackP50 }) => ackP50)))} / ${show(median(quiet.map(({ ackP50 }) => ackP50)))} ms, 100 messages a second to 50`,
      bound:
        "the worker shares the server's one core here; it is of lower priority and has a core of its own where there is one",
    },
  ];
};
