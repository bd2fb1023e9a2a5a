import { availableParallelism } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { service } from "@/lib/infra/registry";
import { AppError } from "@/lib/protocol/errors";

export type PasswordWork =
  | { kind: "hash"; secret: string; rounds: number }
  | { kind: "compare"; secret: string; hash: string };

interface Job {
  work: PasswordWork;
  resolve(answer: string | boolean): void;
  reject(error: Error): void;
}

/**
 * The worker is a string, not a file: it has to start from the server's bundle, from Next's and from a test, and only
 * the installed bcryptjs is in the same place for all three.
 */
const workerSource = `
const { parentPort, workerData } = require("node:worker_threads");
// Everybody's messages go before anybody's sign-in, where both share a core. Of one thread only Linux can say so.
const os = require("node:os");
if (process.platform === "linux") os.setPriority(0, Math.max(10, os.getPriority(0)));
const bcrypt = require("node:module").createRequire(workerData)("bcryptjs");
parentPort.on("message", (work) => {
  parentPort.postMessage(
    work.kind === "hash" ? bcrypt.hashSync(work.secret, work.rounds) : bcrypt.compareSync(work.secret, work.hash),
  );
});
`;

export function busy(): AppError {
  return new AppError("unavailable", "Too many people are signing in right now. Try again in a moment.");
}

/**
 * Runs bcrypt off the main thread: one hash of 12 rounds takes about 0.3 s, and twenty at once in the main thread
 * stalled every timer for 2 s. At most `maxQueued` jobs wait; what comes on top is refused at once.
 */
export class PasswordPool {
  readonly #idle: Worker[] = [];
  readonly #running = new Map<Worker, Job>();
  readonly #queue: Job[] = [];
  #closed = false;

  constructor(
    private readonly size = Math.max(1, Math.min(4, availableParallelism() - 1)),
    private readonly maxQueued = 64,
  ) {}

  /** @throws {AppError} `unavailable` when the queue is full or the pool is closed. */
  run(work: PasswordWork): Promise<string | boolean> {
    if (this.#closed || this.#queue.length >= this.maxQueued) return Promise.reject(busy());
    return new Promise((resolve, reject) => {
      this.#queue.push({ work, resolve, reject });
      this.#next();
    });
  }

  get queued(): number {
    return this.#queue.length;
  }

  /** Refuses what waits and stops the workers. */
  async close(): Promise<void> {
    this.#closed = true;
    const workers = [...this.#idle, ...this.#running.keys()];
    for (const job of [...this.#queue.splice(0), ...this.#running.values()]) job.reject(busy());
    this.#running.clear();
    this.#idle.length = 0;
    await Promise.all(workers.map((worker) => worker.terminate()));
  }

  #next(): void {
    const worker = this.#idle.pop() ?? (this.#running.size < this.size ? this.#start() : undefined);
    if (!worker) return;
    const job = this.#queue.shift();
    if (!job) {
      this.#idle.push(worker);
      return;
    }
    this.#running.set(worker, job);
    worker.ref();
    worker.postMessage(job.work);
  }

  #start(): Worker {
    const worker = new Worker(workerSource, { eval: true, workerData: join(process.cwd(), "package.json") });
    worker.on("message", (answer: string | boolean) => {
      const job = this.#running.get(worker);
      if (!this.#running.delete(worker)) return;
      // An idle worker must not keep the process from ending.
      worker.unref();
      this.#idle.push(worker);
      job?.resolve(answer);
      this.#next();
    });
    worker.on("error", (error) => this.#lose(worker, error));
    worker.on("exit", () => this.#lose(worker, new Error("A password worker stopped.")));
    return worker;
  }

  #lose(worker: Worker, error: Error): void {
    const place = this.#idle.indexOf(worker);
    if (place >= 0) this.#idle.splice(place, 1);
    const job = this.#running.get(worker);
    this.#running.delete(worker);
    job?.reject(error);
    if (job && !this.#closed) this.#next();
  }
}

const poolService = service<PasswordPool>("password-pool");

/** The process's one pool, started by the first password. */
export function passwordPool(): PasswordPool {
  return poolService.find() ?? poolService.provide(new PasswordPool());
}

/** Stops the pool, if one was started; part of the server's shutdown. */
export async function closePasswordPool(): Promise<void> {
  const pool = poolService.find();
  poolService.withdraw();
  await pool?.close();
}
