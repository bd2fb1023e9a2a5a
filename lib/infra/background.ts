import { setMaxListeners } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import { isUnavailable } from "./database";
import { log } from "./log";
import { service } from "./registry";

/** Work that runs beside requests, until its owner stops it. */
export interface Task {
  /** Begins no further run; resolves when the present one has ended or has had its time. */
  stop(): Promise<void>;
}

/** A run that takes longer, in ms, is given up: a loop must not die of one answer that never comes. */
const RUN_LIMIT_MS = 15_000;
/** What is under way at the end has this long, in ms, to end by itself. */
const STOP_LIMIT_MS = 2_000;
/** Pieces of work that may follow requests at once. */
const MAX_FOLLOWING = 10_000;

/**
 * Owns everything in this process that runs by itself: loops (`every`) and what follows a request after its answer
 * (`follow`). One that fails or hangs is logged and counted, and the next run has its turn at its usual time: the promises
 * of docs/architecture.md are counted from the moment at which a store is back. While the database is away failures are
 * silent, because its own state is logged elsewhere.
 */
export class Background {
  readonly #loops = new Set<Task>();
  readonly #following = new Set<Promise<void>>();
  readonly #failures = new Map<string, number>();
  readonly #runLimitMs: number;
  readonly #maxFollowing: number;
  readonly #ending = new AbortController();

  constructor({ runLimitMs = RUN_LIMIT_MS, maxFollowing = MAX_FOLLOWING } = {}) {
    this.#runLimitMs = runLimitMs;
    this.#maxFollowing = maxFollowing;
    // All that follows waits for the same end; the default takes more than ten for a leak.
    setMaxListeners(maxFollowing, this.#ending.signal);
  }

  /** Runs work `everyMs` after its last run ended, first after `firstMs`. Runs of one loop never overlap. */
  every(name: string, everyMs: number, work: () => unknown, { firstMs = everyMs } = {}): Task {
    let stopped = this.#ending.signal.aborted;
    let timer: NodeJS.Timeout | undefined;
    let running: Promise<void> = Promise.resolve();
    const later = (ms: number) => {
      if (!stopped) timer = setTimeout(turn, ms).unref();
    };
    const turn = () => {
      running = this.#run(name, work).then(() => later(everyMs));
    };
    const task: Task = {
      stop: async () => {
        stopped = true;
        clearTimeout(timer);
        this.#loops.delete(task);
        await inTime(running);
      },
    };
    this.#loops.add(task);
    later(firstMs);
    return task;
  }

  /**
   * Does something whose outcome nobody waits for; `signal` tells it that the process is ending.
   * @returns false when so much is under way already that it was left undone.
   */
  follow(name: string, work: (signal: AbortSignal) => Promise<unknown>): boolean {
    if (this.#ending.signal.aborted || this.#following.size >= this.#maxFollowing) {
      this.#failed(name);
      return false;
    }
    const running: Promise<void> = this.#run(name, () => work(this.#ending.signal)).then(
      () => void this.#following.delete(running),
    );
    this.#following.add(running);
    return true;
  }

  /** How often each task has failed, hung or been left undone since the start. */
  failures(): ReadonlyMap<string, number> {
    return this.#failures;
  }

  /** Stops every loop and waits for what is under way. Nothing begins any more. */
  async stop(): Promise<void> {
    this.#ending.abort();
    await Promise.all([...[...this.#loops].map((task) => task.stop()), inTime(Promise.all(this.#following))]);
  }

  /** Never rejects. */
  async #run(name: string, work: () => unknown): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const tooLong = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`No end after ${this.#runLimitMs} ms.`)), this.#runLimitMs).unref();
    });
    try {
      await Promise.race([work(), tooLong]);
    } catch (error) {
      if ((error as Error).name === "AbortError" && this.#ending.signal.aborted) return;
      this.#failed(name);
      if (!isUnavailable(error)) log().warn({ task: name, err: (error as Error).message }, "a background task failed");
    } finally {
      clearTimeout(timer);
    }
  }

  #failed(name: string): void {
    this.#failures.set(name, (this.#failures.get(name) ?? 0) + 1);
  }
}

/** Resolves with the work, or when it has had its time at the end of the process. */
function inTime(work: Promise<unknown>): Promise<unknown> {
  return Promise.race([work, wait(STOP_LIMIT_MS, undefined, { ref: false })]);
}

const shared = service<Background>("background");

/** The one of this process. */
export function background(): Background {
  return shared.find() ?? shared.provide(new Background());
}
