import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";

export interface Program {
  child: ChildProcess;
  /** Everything it has printed so far. */
  output(): string;
  /** Resolves when it has ended, to its exit code or the name of the signal. */
  ended: Promise<number | string>;
  /** Sends a signal and waits for the end. Harmless when it has ended. */
  kill(signal: NodeJS.Signals): Promise<number | string>;
}

/** Starts a program whose output is kept; it never outlives this process. */
export function startProgram(command: string, args: string[], options: SpawnOptions = {}): Program {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const endWithUs = () => void child.kill("SIGKILL");
  process.once("exit", endWithUs);
  const ended = new Promise<number | string>((resolve) => {
    child.once("error", (error) => {
      output += `${error.message}\n`;
      resolve(-1);
    });
    child.once("close", (code, signal) => resolve(signal ?? code ?? -1));
  }).finally(() => process.off("exit", endWithUs));
  return {
    child,
    output: () => output,
    ended,
    async kill(signal) {
      child.kill(signal);
      return ended;
    },
  };
}
