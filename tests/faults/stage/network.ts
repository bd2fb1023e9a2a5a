import { type Link, startLink } from "./link";

/** The way of some clients to the balancer, as their devices see it. */
export interface Network extends Link {
  /** What clients take for the server. */
  url: string;
  /** Whether the device would say that it has a network: not while it is cut. */
  isUp(): boolean;
  /** This part of the socket's acknowledgements never arrives (0 to 1). */
  loseAcks(part: number): void;
  /** How many have been lost so far. */
  lostAcks(): number;
  watch(changed: () => void): () => void;
}

/** Socket.io's packet type "acknowledgement" within Engine.io's "message". */
const ack = Buffer.from("43");

/** A way from clients to a server that the test can break, as Wi-Fi and trains do. */
export async function startNetwork(port: number): Promise<Network> {
  let up = true;
  let lost = 0;
  const watchers = new Set<() => void>();
  let count = 0;
  const keeps = (frame: Frame) => {
    if (lost === 0 || !isAck(frame) || Math.random() >= lost) return true;
    count += 1;
    return false;
  };
  const link = await startLink(port, { filter: () => filter(keeps) });
  const change = (is: boolean) => {
    const changed = up !== is;
    up = is;
    if (changed) for (const tell of watchers) tell();
  };
  return {
    ...link,
    url: `http://127.0.0.1:${link.port}`,
    isUp: () => up,
    cut() {
      link.cut();
      change(false);
    },
    heal() {
      lost = 0;
      link.heal();
      change(true);
    },
    loseAcks(part) {
      lost = part;
    },
    lostAcks: () => count,
    watch(changed) {
      watchers.add(changed);
      return () => void watchers.delete(changed);
    },
  };
}

function isAck({ opcode, payload }: Frame): boolean {
  return opcode === 1 && payload.subarray(0, 2).equals(ack);
}

interface Frame {
  opcode: number;
  payload: Buffer;
}

/** Lets a server's bytes through as they are until they become a WebSocket's, from then on frame by frame. */
function filter(keeps: (frame: Frame) => boolean): (chunk: Buffer) => Buffer[] {
  let rest: Buffer = Buffer.alloc(0);
  let mode: "unknown" | "plain" | "frames" = "unknown";
  return (chunk) => {
    if (mode === "plain") return [chunk];
    rest = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    const passed: Buffer[] = [];
    if (mode === "unknown") {
      const end = rest.indexOf("\r\n\r\n");
      if (end < 0) return passed;
      mode = rest.subarray(0, 12).toString("latin1") === "HTTP/1.1 101" ? "frames" : "plain";
      const head = mode === "frames" ? end + 4 : rest.length;
      passed.push(rest.subarray(0, head));
      rest = rest.subarray(head);
    }
    for (let frame = readFrame(rest); frame; frame = readFrame(rest)) {
      if (keeps(frame)) passed.push(rest.subarray(0, frame.length));
      rest = rest.subarray(frame.length);
    }
    return passed;
  };
}

/** RFC 6455, section 5.2, for frames of servers: these are never masked. */
function readFrame(bytes: Buffer): (Frame & { length: number }) | null {
  if (bytes.length < 2) return null;
  const short = (bytes[1] ?? 0) & 0x7f;
  const start = short === 127 ? 10 : short === 126 ? 4 : 2;
  if (bytes.length < start) return null;
  const size = short === 127 ? Number(bytes.readBigUInt64BE(2)) : short === 126 ? bytes.readUInt16BE(2) : short;
  if (bytes.length < start + size) return null;
  return { opcode: (bytes[0] ?? 0) & 0x0f, payload: bytes.subarray(start, start + size), length: start + size };
}
