import { readFile } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { Client } from "pg";
import { waitFor } from "../harness/wait-for";
import type { Fleet, Member } from "./stage/fleet";
import { scenario } from "./stage/scenario";
import type { Stage } from "./stage/stage";

scenario("F01", "a replica is killed under load", async (stage) => {
  const { crowd, fleet } = stage;
  await stage.load();
  const before = crowd.screens.map((screen) => screen.connections());
  const from = Date.now();
  await fleet.replicas[0].kill("SIGKILL");
  await waitFor(() => crowd.screens.some((screen) => !screen.isOnline()), { what: "its clients to notice" });
  await stage.everyoneOnline();
  stage.figure("its clients back after", Date.now() - from, { unit: "ms", atMost: 10_000 });
  await stage.untilSent(200);
  await stage.settle();
  const moved = crowd.screens.filter((screen, index) => screen.connections() > (before[index] ?? 0)).length;
  stage.figure("clients moved", moved, { atLeast: 1 });
  stage.figure("others' ack p99", stage.ackTime(0.99, from), { unit: "ms", atMost: 500 });
  await fleet.replicas[0].start();
});

/** Sends that their author saw fail, but for those that had to. */
function refusedSince({ crowd }: Stage, from: number): number {
  return crowd.ledger.between(from).filter(({ refused, content }) => refused && !content.startsWith("intruding"))
    .length;
}

scenario("F05", "a rolling restart in order", async (stage) => {
  await stage.load();
  const from = Date.now();
  let longest = 0;
  for (const replica of stage.fleet.replicas) {
    const since = Date.now();
    expect(await replica.stop()).toBe(0);
    longest = Math.max(longest, Date.now() - since);
    await replica.start();
    await stage.everyoneOnline();
    await stage.untilSent(50);
  }
  stage.figure("drained after", longest, { unit: "ms", atMost: 10_000 });
  stage.figure("failed sends that a user saw", refusedSince(stage, from), { atMost: 0 });
});

/** How long HAProxy took to take the first replica out, in ms. */
async function ejected({ balancer }: Fleet, from: number): Promise<number> {
  const outs = () => balancer.logs().split("Server parley/r1 is DOWN").length;
  const before = outs();
  await waitFor(() => outs() > before, { timeout: 20_000, what: "HAProxy to take the replica out" });
  return Date.now() - from;
}

const STOPPED_MS = 30_000;

scenario("F06", "a replica is stopped for 30 s", async (stage) => {
  const { fleet } = stage;
  const [replica] = fleet.replicas;
  await stage.load();
  const from = Date.now();
  await replica.kill("SIGSTOP");
  stage.figure("ejected after", await ejected(fleet, from), { unit: "ms", atMost: 15_000 });
  await stage.everyoneOnline();
  stage.figure("its clients back after", Date.now() - from, { unit: "ms", atMost: 20_000 });
  await wait(Math.max(0, from + STOPPED_MS - Date.now()));
  await replica.kill("SIGCONT");
  await stage.untilSent(200);
});

/** Linux's letter for what a process does: "T" is stopped by a signal. */
async function stateOf(replica: Member): Promise<string> {
  const text = await readFile(`/proc/${replica.pid()}/stat`, "utf8");
  return text.slice(text.lastIndexOf(")") + 2, text.lastIndexOf(")") + 3);
}

/** Resolves when every room's lock could be had. */
async function untilEveryRoomIsWritable(databaseUrl: string): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(`SET lock_timeout = '30s'`);
    await client.query(`SELECT FROM "Room" ORDER BY id FOR NO KEY UPDATE`);
  } finally {
    await client.end();
  }
}

scenario("F07", "a replica is stopped while it holds a room's lock", async (stage) => {
  const { fleet } = stage;
  const [replica] = fleet.replicas;
  await replica.stop();
  await replica.start({ PARLEY_FAILPOINT: "locked:1:SIGSTOP" });
  await stage.dealOut();
  await stage.load();
  await waitFor(async () => (await stateOf(replica)) === "T", { timeout: 30_000, what: "the replica to be stopped" });
  const from = Date.now();
  await untilEveryRoomIsWritable(fleet.databaseUrl);
  stage.figure("every room writable after", Date.now() - from, { unit: "ms", atMost: 6_000 });
  await stage.everyoneOnline(20_000);
  await stage.untilSent(200);
  await stage.settle();
  await replica.kill("SIGKILL");
  await replica.start({ PARLEY_FAILPOINT: undefined });
});

const BLOCKED_MS = 5_000;
/** At SIGUSR2 the replica computes, and does nothing else, for as long. */
const block = `process.on("SIGUSR2", () => { for (const end = Date.now() + ${BLOCKED_MS}; Date.now() < end; ); console.log("unblocked"); });`;

scenario("F08", "a replica's event loop is blocked for 5 s", async (stage) => {
  const { crowd, fleet } = stage;
  const [replica] = fleet.replicas;
  await replica.stop();
  await replica.start({ NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(block)}` });
  await stage.dealOut();
  await stage.load();
  const before = crowd.screens.map((screen) => screen.connections());
  process.kill(replica.pid(), "SIGUSR2");
  await waitFor(() => replica.logs().includes("unblocked"), { what: "the replica to be free again" });
  await stage.untilSent(300);
  const lost = crowd.screens.filter((screen, index) => screen.connections() > (before[index] ?? 0)).length;
  stage.figure("disconnected", lost, { atMost: 0 });
  await stage.settle();
  await replica.stop();
  await replica.start({ NODE_OPTIONS: "" });
});

scenario("F31", "1, then 3, then 2 replicas under load", async (stage) => {
  const [first, second, third] = stage.fleet.replicas;
  await stage.load();
  const from = Date.now();
  await Promise.all([second.stop(), third.stop()]);
  stage.figure("everybody at one replica after", await stage.everyoneOnline(), { unit: "ms", atMost: 10_000 });
  await stage.untilSent(200);
  await Promise.all([second.start(), third.start()]);
  await stage.untilSent(200);
  await first.stop();
  stage.figure("everybody at the others after", await stage.everyoneOnline(), { unit: "ms", atMost: 10_000 });
  await stage.untilSent(200);
  await stage.settle();
  stage.figure("failed sends that a user saw", refusedSince(stage, from), { atMost: 0 });
  await first.start();
});
