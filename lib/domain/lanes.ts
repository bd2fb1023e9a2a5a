import { service } from "@/lib/infra/registry";
import { AppError } from "@/lib/protocol/errors";

/**
 * Work that changes rooms' messages, one piece at a time a lane. A room always has the same lane, so what this
 * process commits for a room it also publishes in that order; a lane that is busy gathers what arrives
 * meanwhile, and sends that stand next to each other are stored together (group commit).
 */
export interface Work<T> {
  /** Works of the same batch function that stand next to each other run as one; undefined: runs alone. */
  batch?: (works: T[]) => Promise<void>;
  run?: () => Promise<void>;
  item?: T;
}

interface Lane {
  waiting: Work<unknown>[];
  busy: boolean;
}

/** More lanes, less gathering; fewer, and a room whose lock does not come holds up more of the others. */
const LANES = 4;
/** Statements stay well below PostgreSQL's and the event loop's comfort. */
const MAX_BATCH = 256;
/** Per lane; beyond it the server is overloaded and says so. */
const MAX_WAITING = 2_000;

const lanes = service<Lane[]>("message-lanes");
const all = () => lanes.find() ?? lanes.provide(Array.from({ length: LANES }, () => ({ waiting: [], busy: false })));

function laneOf(roomId: string): Lane {
  let hash = 0;
  for (let index = 0; index < roomId.length; index += 1) hash = (hash * 31 + roomId.charCodeAt(index)) | 0;
  return all()[Math.abs(hash) % LANES] as Lane;
}

/**
 * Puts work into its room's lane. The work reports its own outcome and must not throw.
 * @throws {AppError} `unavailable` when the lane is full.
 */
export function enqueue<T>(roomId: string, work: Work<T>): void {
  const lane = laneOf(roomId);
  if (lane.waiting.length >= MAX_WAITING) {
    throw new AppError("unavailable", "The server has more messages to store than it can take. Try again shortly.");
  }
  lane.waiting.push(work as Work<unknown>);
  if (lane.busy) return;
  lane.busy = true;
  // After the input that is already there, so that sends which arrived together are stored together.
  setImmediate(() => void drain(lane));
}

async function drain(lane: Lane): Promise<void> {
  for (let next = lane.waiting[0]; next; next = lane.waiting[0]) {
    if (next.batch) {
      const { batch } = next;
      let size = 1;
      while (size < MAX_BATCH && lane.waiting[size]?.batch === batch) size += 1;
      await batch(lane.waiting.splice(0, size).map((work) => work.item));
    } else {
      lane.waiting.shift();
      await next.run?.();
    }
  }
  lane.busy = false;
}

/** Runs `work` when the room's lane comes to it; settles as it does. */
export function inLane<T>(roomId: string, work: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    enqueue(roomId, { run: () => work().then(resolve, reject) });
  });
}
