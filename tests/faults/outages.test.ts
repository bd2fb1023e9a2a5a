import { setTimeout as wait } from "node:timers/promises";
import { call } from "../harness/call";
import { waitFor } from "../harness/wait-for";
import { clean, deliveries, judge, type Revoked, untilEqual } from "./checker";
import { type Crowd, gatherCrowd } from "./crowd";
import { type Fleet, startFleet } from "./fleet";
import { quantile } from "./ledger";
import { say, startLoad } from "./load";
import { type Network, startNetwork } from "./network";
import type { Screen } from "./screen";
import { snapshots } from "./snapshot";

/** Actions a second of the whole crowd. */
const RATE = 60;
const OFFLINE_MS = 60_000;

let fleet: Fleet;
let network: Network;
let crowd: Crowd;
const revoked: Revoked[] = [];
/** Somebody on a train: a minute without network, while the others go through the first outages. */
let traveller: { screen: Screen; network: Network; leftAt: number; roomId: string };

const everyoneOnline = () => crowd.screens.every((screen) => screen.isOnline());

/** Under load: lets this many messages through, so that something is on the way when the fault comes. */
async function untilSent(count: number): Promise<void> {
  const goal = crowd.ledger.sent.size + count;
  await waitFor(() => crowd.ledger.sent.size >= goal, { timeout: 20_000, what: `${count} messages to be sent` });
}

beforeAll(async () => {
  fleet = await startFleet();
  network = await startNetwork(fleet.balancer.port);
  const size = { people: 36, authors: 18, rooms: 15, roomsEach: 5, openEach: 3 };
  crowd = await gatherCrowd(network, fleet.balancer.url, size);

  const own = await startNetwork(fleet.balancer.port);
  const screen = await crowd.move(crowd.screens.at(-1) as Screen, own);
  const [roomId = ""] = screen.open;
  traveller = { screen, network: own, leftAt: Date.now(), roomId };
  own.cut();
  crowd.leave(screen);
  for (let number = 0; number < 100; number += 1) await say(crowd, screen, roomId, `from the train ${number}`);
}, 60_000);

afterAll(() => crowd?.close());

test("F01: a replica is killed under load", async () => {
  const load = startLoad(crowd, RATE);
  await untilSent(60);
  const before = crowd.screens.map((screen) => screen.connections());
  const from = Date.now();
  await fleet.replicas[0].kill("SIGKILL");
  await waitFor(() => crowd.screens.some((screen) => !screen.isOnline()), { what: "its clients to notice" });
  await waitFor(everyoneOnline, { what: "its clients to be back" });
  const back = Date.now() - from;
  await untilSent(120);
  await load.stop();
  const after = Date.now();
  await untilEqual(crowd, fleet);
  await fleet.replicas[0].start();
  expect(await judge(crowd, fleet)).toEqual(clean);

  const moved = crowd.screens.filter((screen, index) => screen.connections() > (before[index] ?? 0)).length;
  const others = crowd.ledger.between(from, after).filter(({ undisturbed, refused }) => undisturbed && !refused);
  const p99 = quantile(
    others.map(({ sentAt, storedAt }) => (storedAt ?? Number.POSITIVE_INFINITY) - sentAt),
    0.99,
  );
  expect(moved).toBeGreaterThan(0);
  expect(back).toBeLessThanOrEqual(10_000);
  expect(p99).toBeLessThanOrEqual(500);
}, 60_000);

test("F09, F27, F28: Redis is killed and comes back empty; people are removed and signed out meanwhile", async () => {
  const load = startLoad(crowd, RATE);
  await untilSent(60);
  const from = Date.now();
  await fleet.redis.kill();
  const closed = endSession(crowd.screens[20] as Screen, 10_000);
  const kicked = await kick(crowd.screens[21] as Screen, 10_000);
  await untilSent(250);
  await Promise.all([closed, kicked.gone]);
  const during = crowd.ledger.between(from);
  await load.stop();
  await untilEqual(crowd, fleet);
  const late = Math.max(...deliveries(crowd, during));

  await fleet.redis.start();
  const again = startLoad(crowd, RATE);
  await untilSent(150);
  await again.stop();
  await untilEqual(crowd, fleet);
  revoked.push(kicked.revoked);
  expect(await judge(crowd, fleet, revoked)).toEqual(clean);
  expect(late).toBeLessThanOrEqual(5_000);
}, 60_000);

test("F14: PostgreSQL is stopped as by a power cut and back after 15 s", async () => {
  const load = startLoad(crowd, RATE);
  await untilSent(60);
  await fleet.postgres.stop("immediate");
  const from = Date.now();
  await wait(15_000);
  const acked = crowd.ledger.between(from + 100).filter((sent) => sent.storedAt !== null && sent.storedAt < Date.now());
  expect(acked).toEqual([]);
  await load.stop();
  await fleet.postgres.start();
  await untilEqual(crowd, fleet, 30_000);
  expect(await judge(crowd, fleet, revoked)).toEqual(clean);
}, 90_000);

test("F05: a rolling restart in order", async () => {
  const load = startLoad(crowd, RATE);
  for (const replica of fleet.replicas) {
    await untilSent(30);
    const from = Date.now();
    expect(await replica.stop()).toBe(0);
    expect(Date.now() - from).toBeLessThanOrEqual(10_000);
    await replica.start();
    await waitFor(everyoneOnline, { what: "everybody to be elsewhere" });
  }
  await load.stop();
  await untilEqual(crowd, fleet);
  expect(await judge(crowd, fleet, revoked)).toEqual(clean);
}, 60_000);

test("F27, F28 with Redis: removed and signed out within a second", async () => {
  const load = startLoad(crowd, RATE);
  await untilSent(30);
  const [, kicked] = await Promise.all([
    endSession(crowd.screens[22] as Screen, 1_000),
    kick(crowd.screens[23] as Screen, 1_000),
  ]);
  await kicked.gone;
  await untilSent(60);
  await load.stop();
  revoked.push(kicked.revoked);
  await untilEqual(crowd, fleet);
  expect(await judge(crowd, fleet, revoked)).toEqual(clean);
}, 60_000);

test("F18: a client that was offline for a minute with 100 queued messages", async () => {
  const load = startLoad(crowd, RATE);
  const { screen, network: own, leftAt, roomId } = traveller;
  await wait(Math.max(0, leftAt + OFFLINE_MS - Date.now()));
  await load.stop();
  await untilEqual(crowd, fleet);
  crowd.comeBack(screen);
  own.heal();
  await untilEqual(crowd, fleet, 5_000);
  const said = screen.chat.store
    .getState()
    .conversations.get(roomId)
    ?.messages.filter(({ content }) => content.startsWith("from the train"))
    .map(({ content }) => content);
  expect(said).toEqual(Array.from({ length: 100 }, (_, number) => `from the train ${number}`));
  expect(await judge(crowd, fleet, revoked)).toEqual(clean);
}, 120_000);

test("F23: 30 % of the acknowledgements are lost", async () => {
  network.loseAcks(0.3);
  const from = Date.now();
  const load = startLoad(crowd, RATE);
  await untilSent(500);
  network.loseAcks(0);
  await load.stop();
  await untilEqual(crowd, fleet);
  const sent = crowd.ledger.between(from).filter(({ refused }) => !refused);
  const tries = sent.reduce((sum, entry) => sum + entry.tries, 0) / sent.length;
  expect(await judge(crowd, fleet, revoked)).toEqual(clean);
  expect(tries).toBeLessThanOrEqual(1.6);
}, 60_000);

test("snapshot + events = a fresh snapshot, after all of this", async () => {
  const pairs = await snapshots(crowd, network);
  expect(pairs.length).toBeGreaterThanOrEqual(6);
  for (const { old, fresh } of pairs) expect(old).toEqual(fresh);
});

/** Signs somebody out on the server: their socket is closed within `limit` ms, on whichever replica it is. */
async function endSession(screen: Screen, limit: number): Promise<void> {
  await screen.person.api("post", "/api/auth/logout").expect(204);
  crowd.screens.splice(crowd.screens.indexOf(screen), 1);
  await waitFor(() => screen.chat.store.getState().connection.state === "signed-out", {
    timeout: limit,
    what: "the signed-out client to be told",
  });
}

/** Removes somebody from a room that is on their screen: within `limit` ms it is gone from there, and nothing of it comes. */
async function kick(screen: Screen, limit: number): Promise<{ revoked: Revoked; gone: Promise<unknown> }> {
  const [roomId = ""] = screen.open;
  const members = await screen.person.api("get", `/api/rooms/${roomId}/members`).expect(200);
  const adminId = members.body.members.find((member: { role: string }) => member.role === "admin").user.id;
  const admin = crowd.screens.find(({ person }) => person.user.id === adminId)?.person;
  if (!admin) throw new Error("The room has nobody who may remove people.");
  await call(admin, "DELETE /api/rooms/[id]/members/[userId]", {
    params: { id: roomId, userId: screen.person.user.id },
  });
  const gone = waitFor(() => !screen.chat.store.getState().rooms.has(roomId), {
    timeout: limit,
    what: "the room to go from the screen of who was removed",
  });
  return { revoked: { screen, roomId, at: Date.now() + limit }, gone };
}
