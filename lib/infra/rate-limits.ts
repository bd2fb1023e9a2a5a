import { rateLimited } from "@/lib/protocol/errors";
import { runtime } from "./config";
import { service } from "./registry";

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

interface Limit {
  count: number;
  /** In ms: `count` tokens flow in evenly over this time. */
  per: number;
  /** Tokens that a full bucket holds; `count` when left out. */
  burst?: number;
}

/** Limits that hold across replicas. The key is a user, an address, or both. Source: docs/security.md "Values". */
const shared = {
  login: { count: 5, per: 15 * minute },
  loginAddress: { count: 20, per: 15 * minute },
  register: { count: 5, per: hour },
  refresh: { count: 600, per: 10 * minute },
  password: { count: 5, per: 15 * minute },
  search: { count: 20, per: minute },
  upload: { count: 20, per: 10 * minute },
  rooms: { count: 10, per: hour },
  invites: { count: 50, per: hour },
} as const satisfies Record<string, Limit>;

/** Limits of the message path, each replica by itself: Redis is never on the way to an acknowledgement. */
const local = {
  send: { count: 20, per: 10 * second },
  change: { count: 20, per: minute },
  react: { count: 30, per: 10 * second },
  typing: { count: 1, per: 2 * second, burst: 3 },
  read: { count: 5, per: second },
  events: { count: 100, per: 10 * second },
} as const satisfies Record<string, Limit>;

export type SharedBucket = keyof typeof shared;
export type LocalBucket = keyof typeof local;
export type Bucket = SharedBucket | LocalBucket;

/**
 * Token buckets as the generic cell rate algorithm (ITU-T I.371): one number a key, the time at which the bucket will
 * be full again. At most `capacity` keys are remembered; the one longest untouched goes first.
 */
export class MemoryBuckets {
  readonly #fullAt = new Map<string, number>();

  constructor(
    private readonly now: () => number = () => performance.now(),
    private readonly capacity = 100_000,
  ) {}

  /** Takes a token; returns 0, or the ms until one will be there. */
  take(key: string, limit: Limit, factor: number): number {
    const now = this.now();
    const { interval, tolerance } = pace(limit, factor);
    const fullAt = Math.max(this.#fullAt.get(key) ?? 0, now) + interval;
    const wait = fullAt - now - tolerance;
    // A refused attempt counts as a touch too, or flooding with other keys would wash it out.
    this.#touch(key, wait > 1e-6 ? fullAt - interval : fullAt);
    return wait > 1e-6 ? wait : 0;
  }

  /** Puts a token back. */
  giveBack(key: string, limit: Limit, factor: number): void {
    const fullAt = this.#fullAt.get(key);
    if (fullAt !== undefined) this.#touch(key, fullAt - pace(limit, factor).interval);
  }

  #touch(key: string, fullAt: number): void {
    this.#fullAt.delete(key);
    if (this.#fullAt.size >= this.capacity) {
      const oldest = this.#fullAt.keys().next();
      if (!oldest.done) this.#fullAt.delete(oldest.value);
    }
    this.#fullAt.set(key, fullAt);
  }

  get size(): number {
    return this.#fullAt.size;
  }
}

/** Ms between two tokens, and how far ahead of an even flow a full bucket lets one be. */
function pace(limit: Limit, factor: number): { interval: number; tolerance: number } {
  const interval = limit.per / (limit.count * factor);
  return { interval, tolerance: interval * Math.max(1, (limit.burst ?? limit.count) * factor) };
}

const memoryService = service<MemoryBuckets>("rate-limits");
const memory = () => memoryService.find() ?? memoryService.provide(new MemoryBuckets());
const factor = () => runtime.get().config.RATE_LIMIT_FACTOR;

/**
 * Takes a token from a bucket of the message path, without waiting for anything.
 * @throws {AppError} `rate_limited` with the ms until the next token.
 */
export function takeLocal(bucket: LocalBucket, key: string): void {
  const wait = memory().take(`${bucket}:${key}`, local[bucket], factor());
  if (wait > 0) throw rateLimited(wait);
}

/**
 * Takes a token from any bucket.
 * @throws {AppError} `rate_limited` with the ms until the next token.
 */
export async function take(bucket: Bucket, key: string): Promise<void> {
  if (bucket in local) return takeLocal(bucket as LocalBucket, key);
  const wait = memory().take(`${bucket}:${key}`, shared[bucket as SharedBucket], factor());
  if (wait > 0) throw rateLimited(wait);
}

/** Puts a token back that `take` took: for buckets that only failures are to empty. */
export async function giveBack(bucket: SharedBucket, key: string): Promise<void> {
  memory().giveBack(`${bucket}:${key}`, shared[bucket], factor());
}
