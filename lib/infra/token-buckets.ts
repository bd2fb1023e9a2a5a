import type { RedisClientType } from "redis";
import { answerOf } from "./redis";

/** How fast tokens flow in, and how many a full bucket holds. */
export interface Limit {
  count: number;
  /** In ms: `count` tokens flow in evenly over this time. */
  per: number;
  /** Tokens that a full bucket holds; `count` when left out. */
  burst?: number;
}

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

/** As `MemoryBuckets`, for all replicas: read and written in one step, by the clock of Redis. */
const script = `
local clock = redis.call('TIME')
local now = clock[1] * 1000 + clock[2] / 1000
local interval, tolerance = tonumber(ARGV[1]), tonumber(ARGV[2])
local full = tonumber(redis.call('GET', KEYS[1]) or '0')
local next = math.max(full, now) + interval
if ARGV[3] == 'give back' then next = full - interval end
local wait = next - now - tolerance
if wait > 0.01 then return tostring(wait) end
if next > now then
  redis.call('SET', KEYS[1], string.format('%.3f', next), 'PX', math.ceil(next - now))
else
  redis.call('DEL', KEYS[1])
end
return '0'`;

/** Ms that an answer of Redis is waited for; a limit is not worth more. */
const redisTimeoutMs = 100;

/**
 * Takes a token from (or gives one back to) a bucket in Redis; returns 0, or the ms until one will be there.
 * Rejects when Redis does not answer within 100 ms.
 */
export async function moveSharedToken(
  commands: RedisClientType,
  key: string,
  limit: Limit,
  factor: number,
  step: "take" | "give back",
): Promise<number> {
  const { interval, tolerance } = pace(limit, factor);
  const answer = commands.eval(script, { keys: [key], arguments: [String(interval), String(tolerance), step] });
  return Number(await answerOf(answer, redisTimeoutMs));
}
