import type { Defect } from "@/lib/infra/failpoints";
import { waitFor } from "../harness/wait-for";
import { clean, judge, type Revoked, type Verdict } from "./stage/checker";
import { untilEqual } from "./stage/comparison";
import { type Crowd, gatherCrowd } from "./stage/crowd";
import { type Fleet, type Member, startFleet } from "./stage/fleet";
import { startLoad } from "./stage/load";
import { type Network, startNetwork } from "./stage/network";
import { kick } from "./stage/revocation";
import type { Screen } from "./stage/screen";

/** Long enough for every screen to be equal where nothing is wrong. */
const HEALING_MS = 3_000;
const size = { people: 6, authors: 4, rooms: 2, roomsEach: 2, openEach: 2 };

const mistakes: [string, Defect, keyof Verdict][] = [
  ["I1", "undo-commit", "ackedButMissing"],
  ["I2", "store-twice", "duplicates"],
  ["I3", "other-place", "orderBroken"],
  ["I4", "refuse-stored", "storedThoughRefused"],
  ["I5", "keep-listening", "deliveredToStrangers"],
  ["I6", "miscount", "countsWrong"],
  ["I7", "reject-unhandled", "complaints"],
  ["I8", "burn-number", "gaps"],
];

let fleet: Fleet;
const verdicts = new Map<Defect | undefined, Promise<Verdict>>();

/** Two replicas make mistakes at the same time, each before a crowd of its own; all people register at the third. */
beforeAll(async () => {
  fleet = await startFleet();
  const defects = [undefined, ...mistakes.map(([, defect]) => defect)];
  for (const [lane, replica] of fleet.replicas.slice(0, 2).entries()) {
    const network = await startNetwork(replica.port);
    let free: Promise<unknown> = Promise.resolve();
    for (const defect of defects.filter((_, index) => index % 2 === lane)) {
      const verdict = free.then(() => verdictOn(defect, replica, network));
      verdicts.set(defect, verdict);
      free = verdict.catch(() => {});
    }
  }
}, 60_000);

/** What the checker says about a crowd that chatted through a replica with this mistake. */
async function verdictOn(defect: Defect | undefined, replica: Member, network: Network): Promise<Verdict> {
  await replica.kill("SIGKILL");
  const earlier = replica.complaints().length;
  await replica.start({ PARLEY_DEFECT: defect });
  const crowd = await gatherCrowd(network, fleet.replicas[2].url, size);
  const revoked: Revoked[] = [];
  try {
    const load = startLoad(crowd, 60);
    await untilSent(crowd, 60);
    // With some mistakes even that fails.
    await kick({ crowd, network, revoked }, crowd.screens.at(-1) as Screen, 1_000).catch(() => {});
    await untilSent(crowd, 180);
    await load.stop();
    await untilEqual(crowd, fleet, HEALING_MS).catch(() => {});
    const { databaseUrl } = fleet;
    return await judge(crowd, { databaseUrl, complaints: () => replica.complaints().slice(earlier) }, revoked);
  } finally {
    crowd.close();
  }
}

const untilSent = (crowd: Crowd, count: number) =>
  waitFor(() => crowd.ledger.sent.size >= count, { what: `${count} messages to be sent` });

test("where nothing is wrong the checker finds nothing", async () => {
  expect(await verdicts.get(undefined)).toEqual(clean);
}, 30_000);

test.each(mistakes)(
  "%s: the checker finds the mistake %s",
  async (_, defect, invariant) => {
    const verdict = await verdicts.get(defect);
    expect(verdict?.[invariant].length).toBeGreaterThan(0);
  },
  30_000,
);
