import { createServer, type Socket, connect as tcpConnect } from "node:net";
import { atEnd } from "../harness/cleanup";

export interface Network {
  /** What clients take for the server. */
  url: string;
  /** Whether the device would say that it has a network. */
  isUp(): boolean;
  /** Breaks every connection and lets none through, until `heal`. */
  cut(): void;
  heal(): void;
  /** This part of the socket's acknowledgements never arrives (0 to 1). */
  loseAcks(part: number): void;
  /** Where new connections go from now on; they wait until it is known. */
  route(find: () => Promise<number>): void;
  watch(changed: () => void): () => void;
}

/** Socket.io's packet type "acknowledgement" within Engine.io's "message". */
const ack = Buffer.from("43");

/** A way from clients to a server that the test can break, as Wi-Fi and trains do. */
export async function startNetwork(port: number): Promise<Network> {
  let target = async () => port;
  let up = true;
  let lost = 0;
  const pairs = new Set<Socket>();
  const watchers = new Set<() => void>();
  const server = createServer({ pauseOnConnect: true }, (near) => {
    near.on("error", () => {});
    if (!up) return void near.destroy();
    target().then(
      (found) => join(near, tcpConnect(found, "127.0.0.1")),
      () => near.destroy(),
    );
  });

  function join(near: Socket, far: Socket): void {
    for (const socket of [near, far]) {
      socket.setNoDelay(true);
      pairs.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        pairs.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.on("data", (chunk: Buffer) => void far.write(chunk));
    const pass = filter((frame) => lost === 0 || !isAck(frame) || Math.random() >= lost);
    far.on("data", (chunk: Buffer) => {
      for (const part of pass(chunk)) near.write(part);
    });
    near.resume();
  }
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const address = server.address();
  const breakAll = () => {
    for (const socket of pairs) socket.destroy();
  };
  atEnd(() => {
    breakAll();
    server.close();
  });
  const change = (is: boolean) => {
    up = is;
    if (!is) breakAll();
    for (const changed of watchers) changed();
  };
  return {
    url: `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`,
    isUp: () => up,
    cut: () => change(false),
    heal: () => change(true),
    loseAcks(part) {
      lost = part;
    },
    route(find) {
      target = find;
    },
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
