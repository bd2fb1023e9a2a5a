import { spawnSync } from "node:child_process";
import { findProgram } from "@/scripts/system-packages.mjs";

/** Runs Prometheus' own checker; resolves to what it has to say, empty when that is nothing. @throws when it objects. */
export function promtool(args: string[], input?: string): string {
  const program = findProgram(["promtool"]);
  if (!program) throw new Error("promtool is not installed (Debian's package prometheus has it).");
  const { status, stdout, stderr } = spawnSync(program, args, { input, encoding: "utf8", timeout: 20_000 });
  if (status !== 0) throw new Error(`promtool ${args.join(" ")} ended with ${status}:\n${stdout}${stderr}`);
  return stdout + stderr;
}
