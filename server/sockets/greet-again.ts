import * as presence from "@/lib/domain/presence";
import { background, type Task } from "@/lib/infra/background";
import { log } from "@/lib/infra/log";
import { greet } from "./greeting";
import type { Marks } from "./marks";
import type { ChatSocket } from "./types";

const STEP_MS = 100;
/** Steps over which sockets are spread: 5 s. */
const STEPS = 50;
/** In ms: subscriptions that come and go are waited out for so long, but not for ever. */
const CALM_MS = 1_000;
const LONGEST_MS = 10_000;

/**
 * Greets sockets once more when an outage in which announcements were missed is over, spread over 5 s; who is due already
 * is not due twice. What does not go through the comparison of heads (rooms joined and left, reads, presence) is made good so.
 */
export function greetAgain(marks: Marks): { task: Task; add: (sockets: ChatSocket[]) => void } {
  const due = new Set<ChatSocket>();
  let part = 1;
  let waitingSince = 0;
  let from = 0;

  async function again(socket: ChatSocket): Promise<void> {
    if (!socket.connected) return;
    try {
      await greet(socket, marks);
      await presence.renewed(socket.data.userId, socket.data.holder);
    } catch (error) {
      log().warn({ err: (error as Error).message, socket: socket.id }, "a socket could not be greeted again");
      // It has missed something that nobody else would tell it; a new connection makes up for it.
      socket.conn.close();
    }
  }

  const task = background().every("greeting again", STEP_MS, async () => {
    if (!due.size || performance.now() < from) return;
    const now = [...due].slice(0, part);
    for (const socket of now) due.delete(socket);
    await Promise.all(now.map(again));
  });
  return {
    task,
    add(sockets) {
      const now = performance.now();
      if (!due.size) waitingSince = now;
      from = Math.min(now + CALM_MS, waitingSince + LONGEST_MS);
      for (const socket of sockets) due.add(socket);
      part = Math.max(1, Math.ceil(due.size / STEPS));
    },
  };
}
