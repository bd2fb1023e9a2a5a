import type { ChatServer } from "./types";

interface FrameOptions {
  wsPreEncodedFrame?: Buffer[];
}

/**
 * Socket.io encodes a broadcast once, as a header and a payload that each socket then writes by themselves. Joined into
 * one buffer they are one write a socket; see docs/performance.md, "What bounds it".
 */
export function joinFrames(io: ChatServer): void {
  // Private to the adapter's types; where a version has no such method, broadcasts stay as they are.
  const adapter = io.of("/").adapter as unknown as { _encode?: (packet: unknown, options: FrameOptions) => unknown };
  const encode = adapter._encode?.bind(adapter);
  if (!encode) return;
  adapter._encode = (packet, options) => {
    const encoded = encode(packet, options);
    if (options.wsPreEncodedFrame) options.wsPreEncodedFrame = [Buffer.concat(options.wsPreEncodedFrame)];
    return encoded;
  };
}
