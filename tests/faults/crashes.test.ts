import { setTimeout as wait } from "node:timers/promises";
import type { Replica } from "../harness/replica";
import { waitFor } from "../harness/wait-for";
import { clean, judge } from "./stage/checker";
import { untilEqual } from "./stage/comparison";
import { type Crowd, gatherCrowd } from "./stage/crowd";
import { type Fleet, startFleet } from "./stage/fleet";
import { startLoad } from "./stage/load";
import { type Network, startNetwork } from "./stage/network";
import { snapshots } from "./stage/snapshot";

const failpoints = ["after-commit", "before-commit", "after-publish"] as const;
/** Deaths at each of the three places; the fault matrix asks for 50, which take some minutes: `CRASHES=50 npm run test:faults`. */
const CRASHES = Number(process.env.CRASHES ?? 12);

let fleet: Fleet;
let network: Network;
let crowd: Crowd;
const crashes = new Map<string, number>();

beforeAll(async () => {
  fleet = await startFleet();
  network = await startNetwork(fleet.balancer.port);
  const size = { people: 18, authors: 12, rooms: 6, roomsEach: 3, openEach: 2 };
  crowd = await gatherCrowd(network, fleet.balancer.url, size);
}, 60_000);

afterAll(() => crowd?.close());

/** Replicas that are up and will die soon; new connections go to one after the other. */
const doomed: Replica[] = [];

async function nextDoomed(): Promise<number> {
  const replica = await waitFor(() => doomed.shift(), { what: "a replica to be up", timeout: 20_000 });
  doomed.push(replica);
  return replica.port;
}

/** Lives and dies again and again, each time at another of the places and after a few passages. */
async function dieRepeatedly(replica: Replica, first: number): Promise<void> {
  await replica.kill("SIGKILL");
  for (let life = first; ; life += 1) {
    const place = failpoints
      .map((_, index) => failpoints[(life + index) % failpoints.length] ?? "after-commit")
      .find((name) => (crashes.get(name) ?? 0) < CRASHES);
    if (!place) return;
    crashes.set(place, (crashes.get(place) ?? 0) + 1);
    await replica.start({ PARLEY_FAILPOINT: `${place}:${1 + Math.floor(Math.random() * 4)}` });
    doomed.push(replica);
    const outcome = await Promise.race([replica.ended(), wait(15_000, "alive", { ref: false })]);
    doomed.splice(doomed.indexOf(replica), 1);
    if (outcome !== "SIGKILL") throw new Error(`A replica that was to die at ${place} is ${outcome}.`);
  }
}

test(
  "F02, F03, F04: replicas die after commit, before commit, and between announcement and answer",
  async () => {
    const from = Date.now();
    const load = startLoad(crowd, 15);
    network.route(nextDoomed);
    await Promise.all(fleet.replicas.map((replica, index) => dieRepeatedly(replica, index)));
    await Promise.all(fleet.replicas.map((replica) => replica.start({ PARLEY_FAILPOINT: undefined })));
    network.route(async () => fleet.balancer.port);
    await load.stop();
    // What could not be sent all the time is sent now, one message after the other.
    await untilEqual(crowd, fleet, 30_000);
    expect(await judge(crowd, fleet)).toEqual(clean);

    const sent = crowd.ledger.between(from).filter(({ refused }) => !refused);
    const retried = sent.filter(({ tries }) => tries > 1).length;
    for (const place of failpoints) expect(crashes.get(place)).toBe(CRASHES);
    expect(retried).toBeGreaterThanOrEqual(CRASHES);
  },
  60_000 + CRASHES * 10_000,
);

test("snapshot + events = a fresh snapshot, after all these deaths", async () => {
  for (const { old, fresh } of await snapshots(crowd, network)) expect(old).toEqual(fresh);
});
