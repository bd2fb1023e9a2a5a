import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";

/** What a connection has to tell. Payloads are only there for those who asked to read. */
export interface Hearing {
  /** An event of a message: bytes of its packet. `text` for readers. */
  message(bytes: number, text: string | undefined): void;
  ack(id: number): void;
  ended(reason: string): void;
}

/** Enough of a packet's beginning to tell what it is. */
const PREFIX = 24;
const TEXT = 0x81;

/** One buffer for all sockets to read into: what is heard is looked at before the next read. */
const shared = Buffer.allocUnsafe(256 * 1_024);

function frame(text: string): Buffer {
  const payload = Buffer.from(text);
  const header =
    payload.length < 126
      ? Buffer.from([TEXT, 0x80 | payload.length])
      : Buffer.from([TEXT, 0x80 | 126, payload.length >> 8, payload.length & 255]);
  // RFC 6455 wants a mask of clients; nothing obliges it to be another than zero.
  return Buffer.concat([header, Buffer.alloc(4), payload]);
}

const pong = frame("3");

/**
 * A Socket.io client by hand over a plain TCP socket: it reads frame headers and the first bytes of a packet and skips the
 * rest, so that one process can be five hundred listeners and still be idle most of the time.
 */
export class Wire {
  readonly #socket: Socket;
  #phase: "http" | "header" | "payload" = "http";
  #head = "";
  readonly #header = Buffer.allocUnsafe(10);
  #headerLength = 0;
  #left = 0;
  #length = 0;
  readonly #prefix = Buffer.allocUnsafe(PREFIX);
  #prefixLength = 0;
  #chunks: Buffer[] = [];
  #hello: (() => void) | undefined;

  constructor(
    port: number,
    private readonly handshake: object,
    private readonly hearing: Hearing,
    private readonly reads: boolean,
  ) {
    this.#socket = connect({
      port,
      host: "127.0.0.1",
      noDelay: true,
      onread: {
        buffer: shared,
        callback: (size) => {
          this.#take(shared.subarray(0, size));
          return true;
        },
      },
    });
    this.#socket.on("error", (error) => hearing.ended(error.message));
    this.#socket.on("close", () => hearing.ended("closed"));
  }

  /** Resolves when the server has greeted. */
  open(): Promise<void> {
    const key = randomBytes(16).toString("base64");
    this.#socket.write(
      `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
    );
    return new Promise((resolve) => {
      this.#hello = resolve;
    });
  }

  emit(event: string, payload: object, ackId: number): void {
    this.#socket.write(frame(`42${ackId}${JSON.stringify([event, payload])}`));
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(data: Buffer): void {
    let at = 0;
    if (this.#phase === "http") {
      this.#head += data.toString("latin1");
      const end = this.#head.indexOf("\r\n\r\n");
      if (end < 0) return;
      if (!this.#head.startsWith("HTTP/1.1 101")) {
        this.hearing.ended(this.#head.split("\r\n")[0] ?? "no upgrade");
        this.#socket.destroy();
        return;
      }
      at = data.length - (this.#head.length - end - 4);
      this.#phase = "header";
    }
    while (at < data.length) {
      if (this.#phase === "header") {
        this.#header[this.#headerLength++] = data[at++] ?? 0;
        this.#readHeader();
      } else {
        const size = Math.min(this.#left, data.length - at);
        this.#readPayload(data, at, size);
        at += size;
        this.#left -= size;
        if (this.#left === 0) this.#finish();
      }
    }
  }

  #readHeader(): void {
    const header = this.#header;
    if (this.#headerLength < 2) return;
    const short = (header[1] ?? 0) & 127;
    const wanted = short === 127 ? 10 : short === 126 ? 4 : 2;
    if (this.#headerLength < wanted) return;
    this.#length = short === 127 ? Number(header.readBigUInt64BE(2)) : short === 126 ? header.readUInt16BE(2) : short;
    this.#left = this.#length;
    this.#prefixLength = 0;
    this.#phase = "payload";
    if (this.#left === 0) this.#finish();
  }

  #readPayload(data: Buffer, at: number, size: number): void {
    if (this.#prefixLength < PREFIX) {
      const wanted = Math.min(PREFIX - this.#prefixLength, size);
      data.copy(this.#prefix, this.#prefixLength, at, at + wanted);
      this.#prefixLength += wanted;
    }
    if (this.reads) this.#chunks.push(Buffer.from(data.subarray(at, at + size)));
  }

  #finish(): void {
    const opcode = (this.#header[0] ?? 0) & 15;
    this.#phase = "header";
    this.#headerLength = 0;
    const chunks = this.#chunks;
    if (this.reads) this.#chunks = [];
    if (opcode !== 1) return;
    const prefix = this.#prefix;
    const [engine, kind] = [prefix[0], prefix[1]];
    if (engine === 0x32) this.#socket.write(pong);
    else if (engine === 0x30) this.#socket.write(frame(`40${JSON.stringify(this.handshake)}`));
    else if (engine === 0x34 && kind === 0x33) this.hearing.ack(this.#ackId());
    else if (engine === 0x34 && kind === 0x32) this.#event(chunks);
    else if (engine === 0x34 && kind === 0x34) this.hearing.ended(prefix.toString("latin1"));
  }

  #ackId(): number {
    let id = 0;
    for (let at = 2; at < this.#prefixLength; at += 1) {
      const digit = (this.#prefix[at] ?? 0) - 48;
      if (digit < 0 || digit > 9) break;
      id = id * 10 + digit;
    }
    return id;
  }

  #event(chunks: Buffer[]): void {
    const name = this.#prefix.toString("latin1", 4, Math.min(this.#prefixLength, 18));
    if (name.startsWith("message:new") || name.startsWith("message:batch") || name.startsWith("dm:new")) {
      this.hearing.message(this.#length, this.reads ? Buffer.concat(chunks).toString() : undefined);
    } else if (name.startsWith("hello")) {
      this.#hello?.();
      this.#hello = undefined;
    }
  }
}
