import { Crowd, type Member } from "./crowd";
import { cpuOf } from "./machine";
import { makePeople, makeRoom } from "./people";
import { type Finding, type Measure, median, show } from "./report";
import { startDatabase, startParley } from "./servers";

const LARGE = 10_000;

interface Point {
  size: number;
  /** Milliseconds of server CPU for one message to everybody. */
  message: number;
  /** Milliseconds of server CPU for one person who arrives, their greeting and everybody's hearing of it included. */
  arrival: number;
}

/** The straight line of least squares through these points. */
function lineThrough(points: [x: number, y: number][]): (x: number) => number {
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(points.map(([one]) => one)), mean(points.map(([, other]) => other))];
  const slope =
    mean(points.map(([one, other]) => (one - x) * (other - y))) / mean(points.map(([one]) => (one - x) ** 2));
  return (at) => y + slope * (at - x);
}

/**
 * A room of 10,000 by simulation: rooms of growing size are measured, a line through the smaller ones must tell the
 * largest (its error is printed), and the line through all tells 10,000.
 */
export const largeRoom: Measure = async ({ quick }) => {
  const sizes = quick ? [250, 500, 1_000] : [500, 1_000, 2_000];
  const database = await startDatabase();
  const people = await makePeople(database.pool, Math.max(...sizes));
  const points: Point[] = [];
  try {
    for (const size of sizes) {
      const some = people.slice(0, size);
      const roomId = await makeRoom(database.pool, some);
      await database.pool.query("ANALYZE");
      const parley = await startParley({ DATABASE_URL: database.url });
      const members = some.map(({ token }): Member => ({ auth: { token, batch: true }, roomId }));
      const cpu = () => (cpuOf(parley.pid) ?? Number.NaN) * 1_000;
      // The last tenth arrives when the room is nearly full: what one more costs is then the room's cost.
      const crowd = await Crowd.connect(parley.port, members.slice(0, size * 0.9));
      const before = cpu();
      await crowd.join(members.slice(size * 0.9));
      const arrival = (cpu() - before) / (size * 0.1);
      const costs: number[] = [];
      for (let round = 0; round <= 5; round += 1) {
        const start = cpu();
        // A few messages a second: each leaves alone, as in a room where few speak.
        const window = await crowd.openLoop(8, 2_500);
        const sent = window.messages * window.seconds;
        if (round > 0) costs.push((cpu() - start) / sent);
      }
      points.push({ size, message: median(costs), arrival });
      crowd.close();
      await parley.stop();
    }
  } finally {
    await database.stop();
  }
  return [
    extrapolated("a message to 10,000 members, server CPU", points, "message"),
    extrapolated("one who arrives among 10,000 online, server CPU", points, "arrival"),
  ];
};

function extrapolated(what: string, points: Point[], key: "message" | "arrival"): Finding {
  const known = points.map((point): [number, number] => [point.size, point[key]]);
  const [largest, measured] = known.at(-1) ?? [0, Number.NaN];
  const error = (lineThrough(known.slice(0, -1))(largest) / measured - 1) * 100;
  const at = lineThrough(known)(LARGE);
  return {
    what,
    value: at,
    unit: "ms",
    detail: known.map(([size, value]) => `${show(size)}: ${show(value)}`).join(", "),
    bound: `grows with the members, ${show(((at - lineThrough(known)(0)) / LARGE) * 1_000)} µs each; the line through the smaller rooms misses that of ${show(largest)} by ${error.toFixed(0)} %; a core takes ${show(1_000 / at)} a second`,
  };
}
