import { rateLimited } from "@/lib/protocol/errors";
import { runtime } from "./config";
import { installation } from "./installation";
import { metrics } from "./metrics";
import { redis } from "./redis";
import { service } from "./registry";
import { type Limit, MemoryBuckets, moveSharedToken } from "./token-buckets";

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/** Limits that hold across replicas. The key is a user, an address, or both. Source: docs/security.md "Values". */
const sharedLimits = {
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
const localLimits = {
  send: { count: 20, per: 10 * second },
  change: { count: 20, per: minute },
  react: { count: 30, per: 10 * second },
  typing: { count: 1, per: 2 * second, burst: 3 },
  read: { count: 5, per: second },
  events: { count: 100, per: 10 * second },
} as const satisfies Record<string, Limit>;

export type SharedBucket = keyof typeof sharedLimits;
export type LocalBucket = keyof typeof localLimits;
export type Bucket = SharedBucket | LocalBucket;

const memoryService = service<MemoryBuckets>("rate-limits");
const memory = () => memoryService.find() ?? memoryService.provide(new MemoryBuckets());
const factor = () => runtime.get().config.RATE_LIMIT_FACTOR;

/**
 * Takes a token from a bucket of the message path, without waiting for anything.
 * @throws {AppError} `rate_limited` with the ms until the next token.
 */
export function takeLocal(bucket: LocalBucket, key: string): void {
  const wait = memory().take(`${bucket}:${key}`, localLimits[bucket], factor());
  if (wait > 0) refuse(bucket, wait);
}

function refuse(bucket: Bucket, wait: number): never {
  metrics().rateLimited.inc({ bucket });
  throw rateLimited(wait);
}

/** While Redis is away each replica counts for itself, at a third: the usual fleet has three. */
const fallbackShare = 1 / 3;

async function moveShared(bucket: SharedBucket, key: string, step: "take" | "give back"): Promise<number> {
  const name = `${bucket}:${key}`;
  const shared = redis.find();
  if (shared) {
    const prefix = installation.find()?.prefix ?? "{parley}";
    try {
      return await moveSharedToken(shared.commands, `${prefix}:limit:${name}`, sharedLimits[bucket], factor(), step);
    } catch {
      // Redis logs its own outages; here it only must not decide who gets in.
    }
  }
  const share = factor() * (shared ? fallbackShare : 1);
  if (step === "take") return memory().take(name, sharedLimits[bucket], share);
  memory().giveBack(name, sharedLimits[bucket], share);
  return 0;
}

/**
 * Takes a token from any bucket.
 * @throws {AppError} `rate_limited` with the ms until the next token.
 */
export async function take(bucket: Bucket, key: string): Promise<void> {
  if (isLocal(bucket)) return takeLocal(bucket, key);
  const wait = await moveShared(bucket, key, "take");
  if (wait > 0) refuse(bucket, wait);
}

const isLocal = (bucket: Bucket): bucket is LocalBucket => bucket in localLimits;

/** Puts a token back that `take` took: for buckets that only failures are to empty. */
export async function giveBack(bucket: SharedBucket, key: string): Promise<void> {
  await moveShared(bucket, key, "give back");
}
