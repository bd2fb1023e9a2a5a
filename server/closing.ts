import type { Server } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import { log } from "@/lib/infra/log";

/** Below the 10 s after which operators' tools kill. */
const deadlineMs = 9_000;
const requestsMs = 4_000;
/** Two health checks of deploy/haproxy.cfg. */
const noticeMs = 2_000;

interface Step {
  name: string;
  work: () => Promise<void>;
}

/** How the process ends: in order, once, in under 10 s. */
export class Closing {
  private readonly firsts: Step[] = [];
  private readonly lasts: Step[] = [];
  private ending = false;
  /** Whether requests are turned away; a little later than `/health` says that they will be. */
  refusing = false;

  /** Runs at the end in the order of registration, before every `last`. */
  first(name: string, work: () => Promise<void>): void {
    this.firsts.push({ name, work });
  }

  /** Runs at the end in the reverse order of registration: what was opened first is closed last. */
  last(name: string, work: () => Promise<void>): void {
    this.lasts.unshift({ name, work });
  }

  listenToSignals(): void {
    let first = 0;
    const onSignal = (signal: string) => {
      // npm passes on the Ctrl-C that the terminal has sent us already: only a later one is a person's second.
      if (this.ending && Date.now() - first > 1_000) process.exit(1);
      if (this.ending) return;
      first = Date.now();
      log().info({ signal }, "stopping");
      void this.end(0);
    };
    process.on("SIGTERM", onSignal);
    process.on("SIGINT", onSignal);
    const onFault = (error: unknown) => {
      log().fatal({ err: error }, "an error that nothing handled; stopping");
      if (!this.ending) void this.end(1);
    };
    process.on("uncaughtException", onFault);
    process.on("unhandledRejection", onFault);
  }

  /**
   * Behind a load balancer, serves on until its next look at `/health` has told it to send nothing more: a request that
   * it would have to repeat elsewhere may be one that must not be repeated.
   */
  async giveNotice(behindBalancer: boolean): Promise<void> {
    if (behindBalancer) await wait(noticeMs);
    this.refusing = true;
  }

  /** Refuses new connections, lets running requests finish, and cuts what still runs after 4 s. */
  async endRequests(server: Server): Promise<void> {
    if (!server.listening) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    if (await Promise.race([closed.then(() => true), wait(requestsMs, false, { ref: false })])) return;
    server.closeAllConnections();
  }

  async end(code: number): Promise<void> {
    if (this.ending) return;
    this.ending = true;
    setTimeout(() => {
      log().error("stopping took too long; leaving the rest");
      process.exit(1);
    }, deadlineMs).unref();
    for (const { name, work } of [...this.firsts, ...this.lasts]) {
      await work().catch((error: Error) => log().error({ err: error, part: name }, "a part did not stop in order"));
    }
    process.exit(code);
  }
}
