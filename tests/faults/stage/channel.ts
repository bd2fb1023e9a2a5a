import type { Socket } from "node:net";

export interface Conditions {
  /** In ms, each way. */
  delay: number;
  jitter: number;
  /** Bytes a second and connection. */
  up: number;
  down: number;
}

/** Bytes that wait in the proxy before it stops reading: from then on they wait in the sender's own buffers. */
const held = 64 * 1_024;
/** How often a throttled connection gets its share, in ms. */
const tickMs = 50;

/** One direction of one connection. Costs next to nothing while the conditions are good. */
export class Channel {
  #queue: { chunk: Buffer; due: number }[] = [];
  #queued = 0;
  #lastDue = 0;
  #timer: NodeJS.Timeout | undefined;
  #paidAt = performance.now();
  #over = false;

  constructor(
    private readonly from: Socket,
    private readonly to: Socket,
    private readonly conditions: Conditions,
    private readonly direction: "up" | "down",
    private readonly swallows: () => boolean,
    private readonly filter?: (chunk: Buffer) => Buffer[],
  ) {
    from.on("data", (chunk) => this.#take(chunk));
    from.on("close", () => {
      this.#over = true;
      this.pump();
    });
    to.on("drain", () => this.pump());
    to.on("close", () => {
      clearTimeout(this.#timer);
      this.#queue = [];
    });
  }

  #take(chunk: Buffer): void {
    if (this.swallows()) return;
    const { delay, jitter } = this.conditions;
    const free = delay === 0 && jitter === 0 && this.conditions[this.direction] === Number.POSITIVE_INFINITY;
    for (const part of this.filter ? this.filter(chunk) : [chunk]) {
      if (free && this.#queue.length === 0) {
        if (!this.to.write(part)) this.from.pause();
        continue;
      }
      this.#lastDue = Math.max(this.#lastDue, performance.now() + delay + Math.random() * jitter);
      this.#queue.push({ chunk: part, due: this.#lastDue });
      this.#queued += part.length;
    }
    if (this.#queue.length > 0) this.pump();
  }

  /** Passes on what is due and paid for, and comes back for the rest. */
  pump(): void {
    clearTimeout(this.#timer);
    if (this.to.destroyed) return;
    const now = performance.now();
    const rate = this.conditions[this.direction];
    let allowance = Number.isFinite(rate) ? (rate * Math.min(1_000, now - this.#paidAt)) / 1_000 : rate;
    if (allowance >= 1 || rate === 0) this.#paidAt = now;
    for (let head = this.#queue[0]; head && head.due <= now && allowance >= 1; head = this.#queue[0]) {
      const part = head.chunk.subarray(0, Math.floor(Math.min(allowance, head.chunk.length)));
      allowance -= part.length;
      this.#queued -= part.length;
      if (part.length === head.chunk.length) this.#queue.shift();
      else head.chunk = head.chunk.subarray(part.length);
      if (!this.swallows()) this.to.write(part);
    }
    const [head] = this.#queue;
    if (head && rate > 0) this.#timer = setTimeout(() => this.pump(), head.due > now ? head.due - now : tickMs);
    // Nobody tells the one end of a half-open connection that the other has gone.
    if (this.#over && !head && !this.swallows()) this.to.destroySoon();
    if (this.#queued > held || this.to.writableNeedDrain) this.from.pause();
    else this.from.resume();
  }
}
