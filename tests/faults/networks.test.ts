import { readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { waitFor } from "../harness/wait-for";
import { say } from "./stage/load";
import { type Network, startNetwork } from "./stage/network";
import { scenario } from "./stage/scenario";
import type { Screen } from "./stage/screen";
import { snapshots } from "./stage/snapshot";
import { RATE } from "./stage/stage";

scenario(
  "F19",
  "a connection is half-open: nothing comes, and nothing says so",
  async (stage) => {
    const { crowd } = stage;
    const { screen, network } = await stage.moveApart(crowd.screens.at(-1) as Screen);
    const [roomId = ""] = screen.open;
    await stage.load();
    crowd.leave(screen);
    const from = Date.now();
    network.freeze();
    await say(crowd, screen, roomId, "into the void");
    await waitFor(() => !screen.isOnline(), { timeout: 60_000, what: "the client to notice" });
    stage.figure("noticed after", Date.now() - from, { unit: "ms", atMost: 40_000 });
    // Its tries to come back are swallowed, too.
    await wait(15_000);
    await stage.settle();
    crowd.comeBack(screen);
    network.heal();
    await stage.settle();
  },
  { timeout: 180_000 },
);

/** Memory that a process holds, in MB, as Linux counts it. */
function residentMb(pid: number): number {
  const pages = Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]);
  return (pages * 4_096) / 1e6;
}

// They connect straight to one replica: proxies between would each take megabytes before the replica's own queue grows.
scenario(
  "F21",
  "20 readers at 0 B/s and 20 at 5 kB/s",
  async (stage) => {
    const { crowd, fleet } = stage;
    const [replica] = fleet.replicas;
    const readers = crowd.screens.slice(crowd.authors.length);
    const ways = await Promise.all([startNetwork(replica.port), startNetwork(replica.port)]);
    const slow: Screen[] = [];
    for (const [index, reader] of readers.entries()) slow.push(await crowd.move(reader, ways[index % 2] as Network));
    for (const screen of slow) crowd.leave(screen);
    // Each is in a fifth of the rooms: forty kilobytes a second.
    await stage.load(RATE, 2_000);
    await stage.untilSent(5 * RATE);
    const before = residentMb(replica.pid());
    const from = Date.now();
    ways[0]?.throttle({ down: 0 });
    ways[1]?.throttle({ down: 5_000 });
    const cut = new Set<Screen>();
    let peak = before;
    const look = () => {
      peak = Math.max(peak, residentMb(replica.pid()));
      for (const screen of slow) if (!screen.isOnline()) cut.add(screen);
      return cut.size === slow.length;
    };
    await waitFor(look, { timeout: 60_000, what: "all slow readers to be cut" });
    stage.figure("all cut after", Date.now() - from, { unit: "ms", atMost: 45_000 });
    const later = Date.now() + 5_000;
    await waitFor(() => look() && Date.now() > later, { what: "five more seconds of their tries to come back" });
    // The others were given up by a ping that did not come through: kernels hold megabytes before a server's queue grows.
    const cuts = replica.logs().match(/a reader that stopped reading was cut/g)?.length ?? 0;
    stage.figure("of these by back-pressure", cuts);
    stage.figure("memory more", peak - before, { unit: "MB", atMost: 100 });
    const to = Date.now();
    // First let what is on its way arrive: a message without an end has no time.
    await stage.settle();
    stage.figure("others' ack p99", stage.ackTime(0.99, from, to), { unit: "ms", atMost: 300 });
    stage.figure("others' delivery p99", stage.deliveryTime(0.99, from, to), { unit: "ms", atMost: 300 });
    for (const screen of slow) crowd.comeBack(screen);
    for (const way of ways) way.heal();
    await stage.settle();
  },
  { timeout: 180_000 },
);

/** Half a second there and back, a stall of seconds now and then (what loss looks like above TCP), another mast every few. */
async function roam(network: Network, signal: AbortSignal): Promise<void> {
  const rate = { down: 50_000, up: 20_000 };
  network.delay(150, 150);
  network.throttle(rate);
  while (!signal.aborted) {
    await wait(2_000 + 3_000 * Math.random());
    if (Math.random() < 0.5) {
      network.throttle({ down: 0, up: 0 });
      await wait(500 + 2_500 * Math.random());
      network.throttle(rate);
    } else network.reset();
  }
  network.heal();
}

scenario("F22", "bad mobile networks: far, stalling, and cut every few seconds", async (stage) => {
  const { crowd, network } = stage;
  const roaming = new AbortController();
  const walks: Promise<void>[] = [];
  const roamers: Screen[] = [];
  // Every second one of them all, authors and readers, each alone in a network.
  for (const screen of crowd.screens.filter((_, index) => index % 2 === 0)) {
    const moved = await stage.moveApart(screen);
    roamers.push(moved.screen);
    walks.push(roam(moved.network, roaming.signal));
  }
  const from = Date.now();
  await stage.load();
  await wait(40_000);
  await stage.stopLoad();
  roaming.abort();
  await Promise.all(walks);
  await stage.settle();
  const authors = new Set(roamers.map(({ person }) => person.user.id));
  const sent = crowd.ledger.between(from).filter(({ refused, userId }) => !refused && authors.has(userId));
  const lost = roamers.reduce((sum, screen) => sum + screen.connections() - 1, 0);
  stage.figure("connections lost", lost, { atLeast: roamers.length });
  stage.figure("tries a message", sent.reduce((sum, { tries }) => sum + tries, 0) / sent.length, { atMost: 1.6 });
  // Snapshot + events = a fresh snapshot.
  for (const { old, fresh } of await snapshots(crowd, network)) expect(old).toEqual(fresh);
});
