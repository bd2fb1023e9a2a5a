import { background, type Task } from "@/lib/infra/background";
import type { ChatSocket } from "./types";

const STEP_MS = 1_000;

/**
 * Does for every socket what is due every `everyMs`, a part of the sockets each second: thousands at once would hold up
 * the event loop, and everybody's messages with it.
 */
export function inTurns(
  name: string,
  everyMs: number,
  sockets: () => ChatSocket[],
  work: (part: ChatSocket[]) => unknown,
): Task {
  const turns = Math.round(everyMs / STEP_MS);
  let turn = 0;
  return background().every(name, STEP_MS, () => {
    turn = (turn + 1) % turns;
    const part = sockets().filter(({ data }) => data.turn % turns === turn);
    return part.length ? work(part) : undefined;
  });
}
