import type { Defect } from "@/lib/infra/failpoints";
import { waitFor } from "../harness/wait-for";
import { clean, judge, type Revoked, type Verdict } from "./stage/checker";
import { untilEqual } from "./stage/comparison";
import { type Crowd, gatherCrowd } from "./stage/crowd";
import { type Fleet, startFleet } from "./stage/fleet";
import { startLoad } from "./stage/load";
import { type Network, startNetwork } from "./stage/network";
import { kick } from "./stage/revocation";
import type { Screen } from "./stage/screen";

/** Long enough for every screen to be equal where nothing is wrong. */
const HEALING_MS = 3_000;
const size = { people: 6, authors: 4, rooms: 2, roomsEach: 2, openEach: 2 };

let fleet: Fleet;
let network: Network;

beforeAll(async () => {
  fleet = await startFleet();
  // The crowd registers at one replica, and chats at another that makes the mistakes.
  network = await startNetwork(fleet.replicas[0].port);
  await fleet.replicas[2].stop();
}, 60_000);

/** What the checker says about a crowd that chatted through a replica with this mistake. */
async function verdictOn(defect: Defect | undefined): Promise<Verdict> {
  await fleet.replicas[0].stop();
  await fleet.replicas[0].start({ PARLEY_DEFECT: defect });
  const crowd = await gatherCrowd(network, fleet.replicas[1].url, size);
  const revoked: Revoked[] = [];
  try {
    const load = startLoad(crowd, 60);
    await untilSent(crowd, 60);
    // With some mistakes even that fails.
    await kick({ crowd, network, revoked }, crowd.screens.at(-1) as Screen, 1_000).catch(() => {});
    await untilSent(crowd, 180);
    await load.stop();
    await untilEqual(crowd, fleet, HEALING_MS).catch(() => {});
    return await judge(crowd, fleet, revoked);
  } finally {
    crowd.close();
  }
}

const untilSent = (crowd: Crowd, count: number) =>
  waitFor(() => crowd.ledger.sent.size >= count, { what: `${count} messages to be sent` });

test("where nothing is wrong the checker finds nothing", async () => {
  expect(await verdictOn(undefined)).toEqual(clean);
}, 30_000);

test.each<[string, Defect, keyof Verdict]>([
  ["I1", "undo-commit", "ackedButMissing"],
  ["I2", "store-twice", "duplicates"],
  ["I3", "other-place", "orderBroken"],
  ["I4", "refuse-stored", "storedThoughRefused"],
  ["I5", "keep-listening", "deliveredToStrangers"],
  ["I6", "miscount", "countsWrong"],
  ["I8", "burn-number", "gaps"],
  // Last, because it leaves its trace in the replica's log.
  ["I7", "reject-unhandled", "complaints"],
])(
  "%s: the checker finds the mistake %s",
  async (_, defect, invariant) => {
    const verdict = await verdictOn(defect);
    expect(verdict[invariant].length).toBeGreaterThan(0);
  },
  30_000,
);
