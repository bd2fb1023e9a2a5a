import { MAX_BATCHES } from "@/lib/infra/database";
import { service } from "@/lib/infra/registry";
import { AppError } from "@/lib/protocol/errors";

/**
 * Work that changes rooms' messages: one piece at a time a room, so that what this process commits for a room it also
 * publishes in that order. Sends are stored together (group commit): a batch takes what waits in all rooms that are not
 * busy. While one batch is being committed the next is gathered; so under load batches grow by themselves, and a room
 * whose lock does not come holds up only what was sent with it.
 */
export interface Work<T> {
  /**
   * Works of the same batch function are run together; undefined: runs alone. It says `stored` when the database has done
   * its part: then the next batch may begin, in other rooms, while this one is announced.
   */
  batch?: (works: T[], stored: () => void) => Promise<void>;
  run?: () => Promise<void>;
  item?: T;
}

interface Lane {
  roomId: string;
  waiting: Work<unknown>[];
  busy: boolean;
}

interface Lanes {
  rooms: Map<string, Lane>;
  /** Rooms that have work and are not busy; who has waited longest comes first. */
  ready: Set<Lane>;
  waiting: number;
  /** When each batch under way began, in ms. */
  batches: Set<{ since: number }>;
  alone: number;
  scheduled: boolean;
  timer: NodeJS.Timeout | undefined;
}

/** Statements stay well below PostgreSQL's and the event loop's comfort. */
const MAX_BATCH = 256;
/** One is stored while the last is announced and the next is read; two would be half as large, and cost more a message. */
const BATCHES = 1;
/** While others are slow: they must not hold up everybody. */
const BATCHES_WHEN_SLOW = MAX_BATCHES;
/** A batch that takes longer than this, in ms, is slow: behind a lock, a busy disk, or the way to a database far away. */
const SLOW = 10;
/** Works that run alone, at once; connections remain for reading. */
const ALONE = 4;
/** Beyond it the server is overloaded and says so. */
const MAX_WAITING = 8_000;

const lanes = service<Lanes>("message-lanes");
const all = () =>
  lanes.find() ??
  lanes.provide({
    rooms: new Map(),
    ready: new Set(),
    waiting: 0,
    batches: new Set(),
    alone: 0,
    scheduled: false,
    timer: undefined,
  });

/** How much waits in this process. */
export const waitingSends = (): number => lanes.find()?.waiting ?? 0;

/**
 * Puts work into its room's lane. The work reports its own outcome and must not throw.
 * @throws {AppError} `unavailable` when too much waits already.
 */
export function enqueue<T>(roomId: string, work: Work<T>): void {
  const state = all();
  if (state.waiting >= MAX_WAITING) {
    throw new AppError("unavailable", "The server has more messages to store than it can take. Try again shortly.");
  }
  const lane = state.rooms.get(roomId) ?? { roomId, waiting: [], busy: false };
  state.rooms.set(roomId, lane);
  lane.waiting.push(work as Work<unknown>);
  state.waiting += 1;
  if (!lane.busy) state.ready.add(lane);
  schedule(state);
}

/** After the input that is already there, so that sends which arrived together are stored together. */
function schedule(state: Lanes): void {
  if (state.scheduled) return;
  state.scheduled = true;
  setImmediate(() => {
    state.scheduled = false;
    startAlone(state);
    startBatches(state);
  });
}

function startAlone(state: Lanes): void {
  for (const lane of state.ready) {
    if (state.alone >= ALONE) return;
    const run = lane.waiting[0]?.run;
    if (!run) continue;
    take(state, lane, 1);
    state.alone += 1;
    void run().finally(() => {
      state.alone -= 1;
      release(state, [lane]);
    });
  }
}

function startBatches(state: Lanes): void {
  while (state.batches.size < allowed(state)) {
    const { lanes: taken, items, batch } = gather(state);
    if (!batch) return;
    const entry = { since: performance.now() };
    state.batches.add(entry);
    const stored = () => {
      if (state.batches.delete(entry)) startBatches(state);
    };
    void batch(items, stored).finally(() => {
      state.batches.delete(entry);
      release(state, taken);
    });
  }
  if (state.ready.size && !state.timer) {
    state.timer = setTimeout(() => {
      state.timer = undefined;
      schedule(state);
    }, SLOW);
  }
}

function allowed({ batches }: Lanes): number {
  const now = performance.now();
  let slow = 0;
  for (const { since } of batches) if (now - since >= SLOW) slow += 1;
  return Math.min(BATCHES + slow, BATCHES_WHEN_SLOW);
}

/** What waits in rooms that are not busy and may run together, each room's in its order. */
function gather(state: Lanes): { lanes: Lane[]; items: unknown[]; batch: Work<unknown>["batch"] } {
  const taken: Lane[] = [];
  const items: unknown[] = [];
  let batch: Work<unknown>["batch"];
  for (const lane of state.ready) {
    const first = lane.waiting[0]?.batch;
    if (!first || (batch && first !== batch)) continue;
    batch = first;
    let size = 0;
    while (items.length + size < MAX_BATCH && lane.waiting[size]?.batch === batch) size += 1;
    items.push(...take(state, lane, size).map(({ item }) => item));
    taken.push(lane);
    if (items.length >= MAX_BATCH) break;
  }
  return { lanes: taken, items, batch };
}

function take(state: Lanes, lane: Lane, count: number): Work<unknown>[] {
  lane.busy = true;
  state.ready.delete(lane);
  state.waiting -= count;
  return lane.waiting.splice(0, count);
}

function release(state: Lanes, done: Lane[]): void {
  for (const lane of done) {
    lane.busy = false;
    if (lane.waiting.length) state.ready.add(lane);
    else state.rooms.delete(lane.roomId);
  }
  if (state.ready.size) schedule(state);
}

/** Runs `work` when the room's lane comes to it; settles as it does. */
export function inLane<T>(roomId: string, work: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    enqueue(roomId, { run: () => work().then(resolve, reject) });
  });
}
