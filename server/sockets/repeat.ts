import { isUnavailable } from "@/lib/infra/database";
import { log } from "@/lib/infra/log";

export interface Task {
  /** Resolves when nothing of it runs any more. */
  stop(): Promise<void>;
}

/**
 * Runs work again and again, `everyMs` after the last run ended, until it is stopped. A run that fails is logged and the
 * next one tries again; while the database is away, silently, because its own state is logged elsewhere.
 */
export function repeat(name: string, everyMs: number, work: () => unknown): Task {
  let stopped = false;
  let timer: NodeJS.Timeout;
  let running: Promise<void> = Promise.resolve();
  const turn = () => {
    running = run().then(() => {
      if (!stopped) timer = setTimeout(turn, everyMs);
    });
  };
  async function run(): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!isUnavailable(error)) log().warn({ task: name, err: (error as Error).message }, "a background task failed");
    }
  }
  timer = setTimeout(turn, everyMs);
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
      return running;
    },
  };
}
