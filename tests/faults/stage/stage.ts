import { waitFor } from "../../harness/wait-for";
import { clean, deliveries, judge, type Revoked } from "./checker";
import { untilEqual } from "./comparison";
import { type Crowd, type CrowdSize, gatherCrowd } from "./crowd";
import { type Fleet, startFleet } from "./fleet";
import { quantile } from "./ledger";
import { type Load, startLoad } from "./load";
import { type Network, startNetwork } from "./network";
import type { Figure } from "./report";
import type { Device, Screen } from "./screen";

/** The size of the matrix, for `CROWD=1`; a smaller part of it is for machines that are busy with something else. */
const part = Number(process.env.CROWD ?? 1);
export const wholeCrowd: CrowdSize = {
  people: Math.max(12, Math.round(60 * part)),
  authors: Math.max(6, Math.round(20 * part)),
  rooms: Math.max(6, Math.round(30 * part)),
  roomsEach: 5,
  openEach: 3,
};
/** New messages a second of all authors together. */
export const RATE = 100 * part;

/** What a case plays on: three replicas, the crowd that uses them, and everything that can be broken between. */
export interface Stage {
  fleet: Fleet;
  /** Between all clients and the balancer. */
  network: Network;
  crowd: Crowd;
  /** Who must hear nothing more, and from when on; the judge looks at it. */
  revoked: Revoked[];
  /** Starts the load, if it is not on, and waits until something is on its way everywhere. `length`: characters a message, at least. */
  load(rate?: number, length?: number): Promise<void>;
  stopLoad(): Promise<void>;
  /** Waits until the crowd has sent this many more messages. Needs the load. */
  untilSent(count: number): Promise<void>;
  /** Waits until nobody is without connection. Resolves to how long that took, in ms. */
  everyoneOnline(atMost?: number): Promise<number>;
  /** Breaks every client's connection until each replica has its share of them: after one was started again it has none. */
  dealOut(): Promise<void>;
  /**
   * Stops the load and waits until nothing is left in an outbox: until then the database itself changes, because what
   * waits goes out one message after the other in each room. Resolves to how long that took, in ms.
   */
  outboxesEmpty(atMost: number): Promise<number>;
  /**
   * Stops the load, waits until every screen shows what the database holds, and judges I1 to I8. Each case ends with it by itself.
   * Resolves to how long the screens took, in ms. @throws when they are not equal `atMost` ms later (10 s: promise P3).
   */
  settle(atMost?: number): Promise<number>;
  /** How long sends of this stretch took from Enter to stored, where the author's own connection never broke: a quantile, in ms. */
  ackTime(part: number, from: number, to?: number): number;
  /** How long sends of this stretch took from stored to the other screens: a quantile, in ms. */
  deliveryTime(part: number, from: number, to?: number): number;
  /** Gives somebody a network of their own, which can be broken without breaking that of the others, and perhaps another device. */
  moveApart(screen: Screen, device?: Device): Promise<{ screen: Screen; network: Network }>;
  /** A figure of the case's line in the table. @throws when it is beyond its limit. */
  figure(name: string, value: number, options?: { unit?: string; atMost?: number; atLeast?: number }): void;
}

export interface OpenStage extends Stage {
  /** The figures since the last call. */
  takeFigures(): Figure[];
  close(): Promise<void>;
}

export async function openStage(size: CrowdSize = wholeCrowd): Promise<OpenStage> {
  const fleet = await startFleet();
  const network = await startNetwork(fleet.balancer.port);
  const crowd = await gatherCrowd(network, fleet.balancer.url, size);
  const revoked: Revoked[] = [];
  let load: Load | undefined;
  let figures: Figure[] = [];

  const stage: OpenStage = {
    fleet,
    network,
    crowd,
    revoked,
    async load(rate = RATE, length) {
      load ??= startLoad(crowd, rate, length);
      await stage.untilSent(rate / 2);
    },
    async stopLoad() {
      const running = load;
      load = undefined;
      await running?.stop();
    },
    async outboxesEmpty(atMost) {
      await this.stopLoad();
      const since = Date.now();
      const isSettled = () => crowd.ledger.between(0).every(({ storedAt, refused }) => storedAt !== null || refused);
      await waitFor(isSettled, { timeout: atMost, every: 100, what: "the outboxes to be empty" });
      const took = Date.now() - since;
      stage.figure("outboxes empty after", took, { unit: "ms", atMost });
      return took;
    },
    async untilSent(count) {
      const goal = crowd.ledger.sent.size + count;
      const timeout = 30_000 + (3_000 * count) / RATE;
      await waitFor(() => crowd.ledger.sent.size >= goal, { timeout, what: `${count} messages to be sent` });
    },
    async everyoneOnline(atMost = 10_000) {
      const since = Date.now();
      await waitFor(() => crowd.screens.every((screen) => screen.isOnline()), {
        timeout: atMost,
        what: "everybody to be online",
      });
      return Date.now() - since;
    },
    async dealOut() {
      await waitFor(
        async () => {
          const before = crowd.screens.map((screen) => screen.connections());
          network.reset();
          await waitFor(() => crowd.screens.every((screen, index) => screen.connections() > (before[index] ?? 0)), {
            what: "everybody to have connected anew",
          });
          await stage.everyoneOnline();
          return fleet.replicas.every(({ fromBalancer }) => fromBalancer.connections() >= crowd.screens.length / 6);
        },
        { timeout: 40_000, every: 1_000, what: "each replica to have its share" },
      );
    },
    async settle(atMost = 10_000) {
      await stage.stopLoad();
      const took = await untilEqual(crowd, fleet, atMost);
      stage.figure("equal after", took, { unit: "ms", atMost });
      expect(await judge(crowd, fleet, revoked)).toEqual(clean);
      return took;
    },
    ackTime(part, from, to) {
      const sent = crowd.ledger.between(from, to).filter(({ undisturbed, refused }) => undisturbed && !refused);
      return quantile(
        sent.map(({ sentAt, storedAt }) => (storedAt ?? Number.POSITIVE_INFINITY) - sentAt),
        part,
      );
    },
    deliveryTime: (part, from, to) => quantile(deliveries(crowd, crowd.ledger.between(from, to)), part),
    async moveApart(screen, device) {
      const own = await startNetwork(fleet.balancer.port);
      return { screen: await crowd.move(screen, own, device), network: own };
    },
    figure(name, value, { unit = "", atMost, atLeast } = {}) {
      figures.push({
        name,
        value,
        unit,
        ...(atMost !== undefined && { atMost }),
        ...(atLeast !== undefined && { atLeast }),
      });
      const within = value <= (atMost ?? Number.POSITIVE_INFINITY) && value >= (atLeast ?? Number.NEGATIVE_INFINITY);
      if (!within) throw new Error(`${name}: ${value} ${unit}, allowed is ${atMost ?? `at least ${atLeast}`}.`);
    },
    takeFigures() {
      const taken = figures;
      figures = [];
      return taken;
    },
    async close() {
      await load?.stop().catch(() => {});
      crowd.close();
      await fleet.close();
    },
  };
  return stage;
}
