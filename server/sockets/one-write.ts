import type { ChatServer } from "./types";

/** What this file relies on of engine.io 6.6 and ws 8, whose types keep it private. */
interface Packet {
  type: string;
  data?: unknown;
  options?: { wsPreEncodedFrame?: Buffer[] };
}

interface WebSocketTransport {
  writable: boolean;
  perMessageDeflate: unknown;
  supportsBinary: boolean;
  parser: { encodePacket(packet: Packet, supportsBinary: boolean, done: (encoded: unknown) => void): void };
  socket: { _sender?: { sendFrame?(frames: Buffer[], done: (error?: Error) => void): void } };
  _onSentLast(error?: Error): void;
  send(packets: Packet[]): void;
}

interface Connection {
  writeBuffer: Packet[];
  flush(): void;
}

interface Engine {
  createTransport(name: string, request: unknown): WebSocketTransport;
  on(event: "connection", listener: (connection: Connection) => void): void;
}

/** How an acknowledgement begins in Socket.io's protocol, revision 5. */
const ACK = "3";

/** How a packet that carries one of Socket.io's begins in engine.io's protocol, revision 4. */
const MESSAGE = "4";

/**
 * In ms: writing to a room of 500 takes 5 to 10. Between such stretches the loop reads what has come, so that the next message
 * is on its way to the database while the last is still being written.
 */
const TURN = 2;
/** The clock is looked at once for so many sockets. */
const CHECKED = 16;

/** In bytes: what is longer goes out in pieces, as a copy would cost more than the calls it saves. */
const MAX_JOINED = 64 * 1_024;

/** RFC 6455, 5.2: a text frame that is a message of its own, unmasked as a server's are. */
function textFrame(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const header = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(header + length);
  frame[0] = 0x81;
  if (header === 2) frame[1] = length;
  else if (header === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  frame.write(text, header);
  return frame;
}

/** The frames of these packets, or undefined when one is binary. */
function framesOf(transport: WebSocketTransport, packets: Packet[]): Buffer[] | undefined {
  const frames: Buffer[] = [];
  let text = true;
  const add = (encoded: unknown) => {
    if (typeof encoded === "string") frames.push(textFrame(encoded));
    else text = false;
  };
  for (const packet of packets) {
    const ready = packet.options?.wsPreEncodedFrame;
    if (ready) frames.push(...ready);
    else transport.parser.encodePacket(packet, transport.supportsBinary, add);
  }
  return text ? frames : undefined;
}

/** Neighbours mostly get the same: what was joined for one socket is looked at first for the next. */
class Joiner {
  #frames: Buffer[] = [];
  #joined: Buffer = Buffer.alloc(0);

  join(frames: Buffer[]): Buffer | undefined {
    if (frames.length === 1) return frames[0];
    if (frames.length === this.#frames.length && frames.every((frame, at) => frame === this.#frames[at])) {
      return this.#joined;
    }
    let length = 0;
    for (const frame of frames) length += frame.length;
    if (length > MAX_JOINED) return undefined;
    this.#frames = frames;
    this.#joined = Buffer.concat(frames, length);
    return this.#joined;
  }

  forget(): void {
    this.#frames = [];
    this.#joined = Buffer.alloc(0);
  }
}

/**
 * Makes everything that a socket is sent in one turn of the event loop one write. Writing is most of what a delivery
 * costs, whatever is in it, and what one commit stored (a message, its acknowledgement, a notification, the same room's
 * next message) comes to a socket in one turn. See docs/performance.md, "What bounds it".
 *
 * A broadcast is encoded once, as the header and payload of a WebSocket frame; here they become one buffer too.
 */
export function writeOnceATurn(io: ChatServer): void {
  const joiner = new Joiner();
  const waiting = new Set<Connection>();
  /** Those that were answered something: they come first, so that they need not wait for the five hundred others of a room. */
  const answered = new Set<Connection>();
  let due = false;
  const engine = io.engine as unknown as Engine;

  const create = engine.createTransport.bind(engine);
  engine.createTransport = (name, request) => {
    const transport = create(name, request);
    if (name === "websocket") sendTogether(transport, joiner);
    return transport;
  };

  engine.on("connection", (connection) => {
    connection.flush = flushLater;
  });

  function flushLater(this: Connection): void {
    const last = this.writeBuffer.at(-1);
    if (!last) return;
    if (typeof last.data === "string" && last.data.startsWith(ACK)) {
      waiting.delete(this);
      answered.add(this);
    } else if (!answered.has(this)) waiting.add(this);
    if (!due) setImmediate(flushSome);
    due = true;
  }

  /** Flushes those that wait now, as far as a turn goes; what that itself leads to is due in the next. */
  function flushSome(): void {
    const until = performance.now() + TURN;
    let left = answered.size + waiting.size;
    for (const some of [answered, waiting]) {
      for (const connection of some) {
        if (left === 0 || (left % CHECKED === 0 && performance.now() >= until)) break;
        left -= 1;
        some.delete(connection);
        Object.getPrototypeOf(connection).flush.call(connection);
      }
    }
    joiner.forget();
    due = answered.size + waiting.size > 0;
    if (due) setImmediate(flushSome);
  }

  joinFrames(io);
}

function sendTogether(transport: WebSocketTransport, joiner: Joiner): void {
  const sendEach = transport.send;
  transport.send = function send(packets) {
    const sender = this.socket._sender;
    const frames = !this.perMessageDeflate && sender?.sendFrame ? framesOf(this, packets) : undefined;
    const joined = frames && joiner.join(frames);
    if (!joined) return sendEach.call(this, packets);
    this.writable = false;
    sender?.sendFrame?.([joined], this._onSentLast);
  };
}

function joinFrames(io: ChatServer): void {
  // Where a version of the adapter has no such method, broadcasts stay as they are.
  const adapter = io.of("/").adapter as unknown as {
    encoder: { encode(packet: unknown): unknown[] };
    _encode?: (packet: unknown, options: { wsPreEncodedFrame?: Buffer[] }) => unknown[];
  };
  if (!adapter._encode) return;
  adapter._encode = (packet, options) => {
    const encoded = adapter.encoder.encode(packet);
    const [text] = encoded;
    if (encoded.length === 1 && typeof text === "string") options.wsPreEncodedFrame = [textFrame(`${MESSAGE}${text}`)];
    return encoded;
  };
}
