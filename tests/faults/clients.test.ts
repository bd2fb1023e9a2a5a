import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Client } from "pg";
import { logIn } from "../harness/people";
import { waitFor } from "../harness/wait-for";
import { holdDevice } from "./stage/device";
import { say } from "./stage/load";
import { scenario } from "./stage/scenario";
import type { Screen } from "./stage/screen";
import type { Stage } from "./stage/stage";

const minute = 60_000;
const hour = 60 * minute;
const queued = Array.from({ length: 100 }, (_, number) => `from the train ${number}`);

async function sayAll(stage: Stage, screen: Screen, roomId: string): Promise<void> {
  for (const content of queued) await say(stage.crowd, screen, roomId, content);
}

function expectInOrder(screen: Screen, roomId: string): void {
  const messages = screen.chat.store.getState().conversations.get(roomId)?.messages ?? [];
  const said = messages.map(({ content }) => content).filter((content) => content.startsWith("from the train"));
  expect(said.slice(-queued.length)).toEqual(queued);
}

/** Offline for as long as it says, by everybody's clocks. */
async function awayFor(stage: Stage, ms: number, atMost: number, meanwhile = async () => {}): Promise<void> {
  const { crowd } = stage;
  const { screen, network } = await stage.moveApart(crowd.screens.at(-1) as Screen);
  const [roomId = ""] = screen.open;
  network.cut();
  crowd.leave(screen);
  const left = Date.now();
  await sayAll(stage, screen, roomId);
  await stage.load();
  await meanwhile();
  await wait(Math.max(0, left + ms - Date.now()));
  await stage.settle();
  crowd.comeBack(screen);
  network.heal();
  await stage.settle(atMost);
  expectInOrder(screen, roomId);
}

/** What hours do, without the hours: see the scenarios for what is simulated. */
async function awayAsIfFor(stage: Stage, ms: number, missed: number, atMost: number): Promise<void> {
  const { crowd, fleet } = stage;
  const { person } = crowd.screens.at(-1) as Screen;
  const held = await holdDevice(person, 10_000);
  const { screen, network } = await stage.moveApart(crowd.screens.at(-1) as Screen, held.device);
  const expired = wait(16_000);
  const [roomId = ""] = screen.open;
  network.cut();
  crowd.leave(screen);
  await sayAll(stage, screen, roomId);
  held.shift(ms);
  await moveSessionBack(fleet.databaseUrl, held.sessionId, ms);
  const writers = crowd.screens.filter(({ open }) => open.has(roomId));
  for (let number = 0; number < missed; number += 1)
    await say(crowd, writers[number % writers.length] as Screen, roomId, `in ${ms} ms ${number}`);
  await stage.load();
  await expired;
  await stage.settle(60_000);
  crowd.comeBack(screen);
  network.heal();
  await stage.settle(atMost);
  expectInOrder(screen, roomId);
  stage.figure("renewals", held.renewals(), { atLeast: 1, atMost: 2 });
}

async function moveSessionBack(databaseUrl: string, sessionId: string, ms: number): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  const by = `- $2 * interval '1 ms'`;
  await client.query(
    `UPDATE "Session" SET "createdAt" = "createdAt" ${by}, "lastUsedAt" = "lastUsedAt" ${by}, "expiresAt" = "expiresAt" ${by}
     WHERE id = $1`,
    [sessionId, ms],
  );
  await client.query(
    `UPDATE "RefreshToken" SET "createdAt" = "createdAt" ${by}, "expiresAt" = "expiresAt" ${by} WHERE "sessionId" = $1`,
    [sessionId, ms],
  );
  await client.end();
}

// The minute is spent beside another fault, so that both fit into `npm test`.
scenario(
  ["F18", "F23"],
  "offline for a minute with 100 queued messages; of the others' acknowledgements 30 % are lost",
  async (stage) => {
    const { crowd, network } = stage;
    await awayFor(stage, minute, 5_000, async () => {
      const from = Date.now();
      network.loseAcks(0.3);
      await stage.untilSent(800);
      await stage.stopLoad();
      const open = () => crowd.ledger.between(from).filter(({ storedAt, refused }) => !storedAt && !refused).length;
      // Refusals come by acknowledgement alone: with bad luck the last of them would take a minute.
      await waitFor(() => open() <= 80, { timeout: 20_000, what: "nine in ten to be acknowledged" });
      network.heal();
      await waitFor(() => open() === 0, { timeout: 20_000, what: "everything to be acknowledged" });
      const sent = crowd.ledger.between(from).filter(({ refused }) => !refused);
      stage.figure("acknowledgements lost", network.lostAcks(), { atLeast: sent.length * 0.2 });
      stage.figure("tries a message", sent.reduce((sum, { tries }) => sum + tries, 0) / sent.length, { atMost: 1.6 });
    });
  },
);

scenario("F18", "offline for 5 s with 100 queued messages", (stage) => awayFor(stage, 5_000, 3_000), {
  wholeMatrix: true,
});

// Simulated: the device's clock and the times of its session are moved by the time away; its access token is one that the
// test has signed to expire within seconds; as many changes as come in that time are written at once.
scenario(
  "F18",
  "offline as if for 15 min with 100 queued messages: the access token has expired, 300 messages were missed in the room",
  (stage) => awayAsIfFor(stage, 15 * minute, 300, 10_000),
  { wholeMatrix: true },
);

scenario(
  "F18",
  "offline as if for 8 h with 100 queued messages: 1,500 messages were missed in the room, more than are caught up",
  (stage) => awayAsIfFor(stage, 8 * hour, 1_500, 20_000),
  { wholeMatrix: true, timeout: 180_000 },
);

scenario(
  "F25",
  "clients an hour ahead and behind, a replica 5 min ahead and another 5 min behind",
  async (stage) => {
    const { crowd, fleet } = stage;
    const [ahead, behind] = fleet.replicas;
    const preload = `--require ${JSON.stringify(join(import.meta.dirname, "stage", "shifted-clock.cjs"))}`;
    for (const [replica, shift] of [
      [ahead, 5 * minute],
      [behind, -5 * minute],
    ] as const) {
      await replica.stop();
      await replica.start({ NODE_OPTIONS: preload, CLOCK_SHIFT_MS: String(shift) });
    }
    // What one replica issues the others accept, whatever their clocks say.
    const { username } = (crowd.screens.at(-1) as Screen).person.user;
    for (const { url } of fleet.replicas) {
      const { accessToken } = await logIn(url, username);
      for (const other of fleet.replicas) {
        const answer = await fetch(`${other.url}/api/me`, { headers: { authorization: `Bearer ${accessToken}` } });
        expect(answer.status).toBe(200);
      }
    }
    const devices = [];
    for (const [place, shift] of [
      [-1, hour],
      [-2, -hour],
    ] as const) {
      const screen = crowd.screens.at(place) as Screen;
      const held = await holdDevice(screen.person, 10_000);
      held.shift(shift);
      await stage.moveApart(screen, held.device);
      devices.push(held);
    }
    await stage.load();
    // Until a socket that presented the short token and did not renew it has been closed, and some time for a loop to show.
    await wait(90_000);
    await stage.outboxesEmpty(30_000);
    await stage.settle();
    stage.figure("renewals, at most", Math.max(...devices.map(({ renewals }) => renewals())), {
      atLeast: 1,
      atMost: 2,
    });
    for (const replica of [ahead, behind]) {
      await replica.stop();
      await replica.start({ NODE_OPTIONS: "" });
    }
  },
  { timeout: 180_000 },
);
