import { setTimeout as wait } from "node:timers/promises";
import { waitFor } from "../harness/wait-for";
import type { Member } from "./stage/fleet";
import { scenario } from "./stage/scenario";
import { snapshots } from "./stage/snapshot";

const failpoints = ["after-commit", "before-commit", "after-publish"] as const;
/** Deaths at each of the three places, all replicas at once under load; one at a time they are 50 (deaths.test.ts). */
const CRASHES = Number(process.env.CRASHES ?? (process.env.FAULTS === "quick" ? 4 : 12));
/** New messages a second: few, since all that can be sent is what passes between two deaths. */
const RATE = 15;

const crashes = new Map<string, number>();

/** Replicas that are up and will die soon; new connections go to one after the other. */
const doomed: Member[] = [];

async function nextDoomed(): Promise<number> {
  const replica = await waitFor(() => doomed.shift(), { what: "a replica to be up", timeout: 20_000 });
  doomed.push(replica);
  return replica.port;
}

/** Lives and dies again and again, each time at another of the places and after a few passages. */
async function dieRepeatedly(replica: Member, first: number): Promise<void> {
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

scenario(
  ["F02", "F03", "F04"],
  "all replicas die after commit, before commit, and between announcement and answer, at once and again",
  async (stage) => {
    const { crowd, fleet, network } = stage;
    const from = Date.now();
    await stage.load(RATE);
    network.route(nextDoomed);
    await Promise.all(fleet.replicas.map((replica, index) => dieRepeatedly(replica, index)));
    await Promise.all(fleet.replicas.map((replica) => replica.start({ PARLEY_FAILPOINT: undefined })));
    network.route(() => fleet.balancer.port);
    // What could not be sent all the time is sent now, one message after the other.
    await stage.settle(30_000);
    for (const place of failpoints) stage.figure(`deaths ${place}`, crashes.get(place) ?? 0, { atLeast: CRASHES });
    const sent = crowd.ledger.between(from).filter(({ refused }) => !refused);
    stage.figure("messages sent again", sent.filter(({ tries }) => tries > 1).length, { atLeast: CRASHES });
    // Snapshot + events = a fresh snapshot.
    for (const { old, fresh } of await snapshots(crowd, network)) expect(old).toEqual(fresh);
  },
  {
    size: { people: 18, authors: 12, rooms: 6, roomsEach: 3, openEach: 2 },
    timeout: 60_000 + CRASHES * 10_000,
  },
);
