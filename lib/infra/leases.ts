import { installation } from "./installation";
import { log } from "./log";
import { answerOf, redis } from "./redis";
import { service } from "./registry";

/**
 * Subjects (a person, somebody typing) that are held by any number of holders (their sockets), each for a time. A set of
 * leases instead of a counter: what a crashed process held ends by itself. With Redis all replicas see the same; without,
 * the same rules run in memory. Best effort: while Redis is away nothing is held and nothing fails.
 */
export interface Leases {
  /** Holds or renews; true when nobody held the subject before. */
  hold(subject: string, holder: string, ttlMs: number): Promise<boolean>;
  /** Gives a lease back. When it was the last, the subject ends `graceMs` later. */
  release(subject: string, holder: string, graceMs: number): Promise<void>;
  /** Ends a subject at once; true when it was held. */
  end(subject: string): Promise<boolean>;
  /** Subjects whose time is over, each told to exactly one caller, at most 500. */
  sweep(): Promise<string[]>;
  /** Those of these subjects that are held, a grace included. */
  held(subjects: string[]): Promise<Set<string>>;
  /** Subjects that are held, so many at most. */
  some(atMost: number): Promise<string[]>;
}

const MAX_SWEEP = 500;

class MemoryLeases implements Leases {
  readonly #holders = new Map<string, Map<string, number>>();
  readonly #ends = new Map<string, number>();

  async hold(subject: string, holder: string, ttlMs: number): Promise<boolean> {
    const holders = this.#holders.get(subject) ?? new Map<string, number>();
    this.#holders.set(subject, holders.set(holder, performance.now() + ttlMs));
    const isNew = !this.#ends.has(subject);
    this.#ends.set(subject, Math.max(...holders.values()));
    return isNew;
  }

  async release(subject: string, holder: string, graceMs: number): Promise<void> {
    const holders = this.#holders.get(subject);
    if (!holders?.delete(holder)) return;
    const now = performance.now();
    const last = Math.max(...holders.values(), 0);
    if (last <= now) this.#holders.delete(subject);
    this.#ends.set(subject, last > now ? last : now + graceMs);
  }

  async end(subject: string): Promise<boolean> {
    this.#holders.delete(subject);
    return this.#ends.delete(subject);
  }

  async sweep(): Promise<string[]> {
    const now = performance.now();
    const over: string[] = [];
    for (const [subject, end] of this.#ends) {
      if (end > now) continue;
      over.push(subject);
      if (over.length === MAX_SWEEP) break;
    }
    for (const subject of over) {
      this.#ends.delete(subject);
      this.#holders.delete(subject);
    }
    return over;
  }

  async held(subjects: string[]): Promise<Set<string>> {
    return new Set(subjects.filter((subject) => this.#ends.has(subject)));
  }

  async some(atMost: number): Promise<string[]> {
    return [...this.#ends.keys()].slice(0, atMost);
  }
}

/** The clock is Redis's own: replicas' clocks may differ by minutes. KEYS: the subject's holders, the index of ends. */
const clock = `local t = redis.call('TIME'); local now = t[1] * 1000 + math.floor(t[2] / 1000)
local function last() local top = redis.call('ZRANGE', KEYS[1], 0, 0, 'REV', 'WITHSCORES'); return tonumber(top[2] or 0) end
`;
const scripts = {
  hold: `${clock}
    redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
    redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
    redis.call('PEXPIRE', KEYS[1], ARGV[2] * 2)
    return redis.call('ZADD', KEYS[2], last(), ARGV[3])`,
  release: `${clock}
    if redis.call('ZREM', KEYS[1], ARGV[1]) == 0 then return 0 end
    local over = last()
    if over <= now then over = now + ARGV[2] end
    return redis.call('ZADD', KEYS[2], over, ARGV[3])`,
  sweep: `${clock}
    local over = redis.call('ZRANGE', KEYS[2], '-inf', now, 'BYSCORE', 'LIMIT', 0, ARGV[1])
    for _, subject in ipairs(over) do redis.call('ZREM', KEYS[2], subject) end
    return over`,
};

class RedisLeases implements Leases {
  constructor(private readonly name: string) {}

  get #index(): string {
    const index = `${installation.get().prefix}:leases:${this.name}`;
    // A script's keys must lie on one node.
    return redis.get().cluster ? `{${index}}` : index;
  }

  #holders(subject: string): string {
    return `${this.#index}:${subject}`;
  }

  /** What is best effort must not throw: an outage is logged by the connection, once. */
  async #ask<T>(question: Promise<T>, otherwise: T): Promise<T> {
    try {
      return await answerOf(question);
    } catch (error) {
      log().debug({ err: (error as Error).message }, "a lease could not be kept");
      return otherwise;
    }
  }

  #run(script: keyof typeof scripts, subject: string, values: (string | number)[]): Promise<unknown> {
    return redis.get().commands.eval(scripts[script], {
      keys: [this.#holders(subject), this.#index],
      arguments: values.map(String),
    });
  }

  async hold(subject: string, holder: string, ttlMs: number): Promise<boolean> {
    return (await this.#ask(this.#run("hold", subject, [holder, ttlMs, subject]), 0)) === 1;
  }

  async release(subject: string, holder: string, graceMs: number): Promise<void> {
    await this.#ask(this.#run("release", subject, [holder, graceMs, subject]), 0);
  }

  async end(subject: string): Promise<boolean> {
    const { commands } = redis.get();
    const ended = Promise.all([commands.zRem(this.#index, subject), commands.del(this.#holders(subject))]);
    return (await this.#ask(ended, [0, 0]))[0] === 1;
  }

  async sweep(): Promise<string[]> {
    return (await this.#ask(this.#run("sweep", "", [MAX_SWEEP]), [])) as string[];
  }

  async held(subjects: string[]): Promise<Set<string>> {
    if (!subjects.length) return new Set();
    const scores = await this.#ask(redis.get().commands.zmScore(this.#index, subjects), []);
    return new Set(subjects.filter((_, index) => (scores[index] ?? null) !== null));
  }

  async some(atMost: number): Promise<string[]> {
    return this.#ask(redis.get().commands.zRange(this.#index, 0, atMost - 1), []);
  }
}

/** The leases of a kind (`presence`, `typing`): in Redis when there is one, else in this process. */
export function leases(name: string): Leases {
  const held = service<Leases>(`leases-${name}`);
  return held.find() ?? held.provide(redis.find() ? new RedisLeases(name) : new MemoryLeases());
}
