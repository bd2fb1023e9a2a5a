import { setTimeout as wait } from "node:timers/promises";
import { io } from "socket.io-client";
import { cpuOf } from "./machine";
import { makePeople, makeRoom } from "./people";
import { type Measure, median, show } from "./report";
import { startDatabase, startParley } from "./servers";
import { statementsOf } from "./statements";

interface Answer {
  ok: boolean;
  data?: { rooms: unknown[]; joined: unknown[]; left: unknown[] };
}

/** A client that comes back to 200 rooms in which nothing happened. */
export const sync: Measure = async ({ quick }) => {
  const database = await startDatabase({ statements: true });
  const people = await makePeople(database.pool, 3);
  const [person] = people;
  if (!person) throw new Error("There is nobody to come back.");
  for (let index = 0; index < 200; index += 1) await makeRoom(database.pool, people);
  await database.pool.query("ANALYZE");
  const parley = await startParley({ DATABASE_URL: database.url });
  const socket = io(`http://127.0.0.1:${parley.port}`, { transports: ["websocket"], auth: { token: person.token } });
  try {
    const { heads, epoch } = await new Promise<{ heads: Record<string, number>; epoch: string }>((resolve) =>
      socket.once("hello", resolve),
    );
    const input = { epoch, rooms: Object.entries(heads).map(([roomId, rev]) => ({ roomId, rev })) };
    const times: number[] = [];
    const once = async () => {
      const start = performance.now();
      const answer = (await socket.timeout(5_000).emitWithAck("sync", input)) as Answer;
      if (!answer.ok || answer.data?.rooms.length !== 0 || answer.data.joined.length !== 0) {
        throw new Error("A sync without news brought some.");
      }
      times.push(performance.now() - start);
    };
    const count = quick ? 200 : 600;
    for (let index = 0; index < 50; index += 1) await once();
    const asked = await statementsOf(database.pool, once);
    times.length = 0;
    const idle = cpuOf(parley.pid);
    await wait(2_000);
    const before = cpuOf(parley.pid);
    const start = performance.now();
    for (let index = 0; index < count; index += 1) await once();
    const seconds = (performance.now() - start) / 1_000;
    const after = cpuOf(parley.pid);
    // What the server does anyway (heads, leases, health) is not the sync's.
    const background = before === undefined || idle === undefined ? 0 : ((before - idle) / 2) * seconds;
    const cpu =
      after === undefined || before === undefined ? Number.NaN : ((after - before - background) / count) * 1_000;
    return [
      {
        what: "sync of 200 rooms with nothing new, server CPU",
        value: cpu,
        unit: "ms",
        goal: { at: "most", value: 5 },
        detail: `answer in ${show(median(times))} ms`,
        bound: "reading the heads of all rooms, parsing what the client names and comparing the two",
      },
      {
        what: "sync of 200 rooms with nothing new, statements",
        value: [...asked.values()].reduce((sum, calls) => sum + calls, 0),
        unit: "queries",
        goal: { at: "most", value: 1 },
        detail: "as counted by pg_stat_statements",
        bound: [...asked.keys()].map((text) => text.replace(/\s+/g, " ").trim().slice(0, 70)).join(" | "),
      },
    ];
  } finally {
    socket.close();
    await parley.stop();
    await database.stop();
  }
};
