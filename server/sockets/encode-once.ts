import type { Message } from "@/lib/protocol/objects";
import type { ChatServer } from "./types";

/** A packet of Socket.io's protocol, revision 5, as its encoder is given it. */
export interface Packet {
  type: number;
  nsp: string;
  id?: number;
  data?: unknown;
}

const EVENT = 2;
const ACK = 3;

/** Events that carry messages which are carried again: by the acknowledgement, a notification, the other half of a room. */
const carriers = new Set(["message:new", "message:batch", "dm:new", "notification"]);

/** The JSON of a message, made once for as long as the object lives; stored messages are never changed in place. */
const texts = new WeakMap<object, string>();

function messageText(message: Message): string {
  let text = texts.get(message);
  if (text === undefined) {
    text = JSON.stringify(message);
    texts.set(message, text);
  }
  return text;
}

function payloadText(payload: Record<string, unknown>): string {
  let text = "";
  for (const [key, value] of Object.entries(payload)) {
    if (value === undefined) continue;
    const json =
      key === "message"
        ? messageText(value as Message)
        : key === "messages"
          ? `[${(value as Message[]).map(messageText).join()}]`
          : JSON.stringify(value);
    text += `${text && ","}"${key}":${json}`;
  }
  return `{${text}}`;
}

/** What Socket.io's own encoder would make of these packets; undefined for all others. */
export function encodeMessage({ type, nsp, id, data }: Packet): string | undefined {
  if (nsp !== "/" || !Array.isArray(data)) return undefined;
  if (type === EVENT && id === undefined && carriers.has(data[0])) {
    return `2["${data[0]}",${payloadText(data[1] as Record<string, unknown>)}]`;
  }
  if (type !== ACK) return undefined;
  const message = (data[0] as { data?: { message?: Message } } | undefined)?.data?.message;
  if (!message || !texts.has(message)) return undefined;
  const { data: answer, ...rest } = data[0] as { data: Record<string, unknown> };
  const head = JSON.stringify(rest).slice(0, -1);
  return `3${id}[${head},"data":${payloadText(answer)}}]`;
}

/** Makes `io` encode each message once, however many packets carry it. */
export function encodeMessagesOnce(io: ChatServer): void {
  const { encoder } = io as unknown as { encoder: { encode(packet: Packet): unknown[] } };
  const encode = encoder.encode.bind(encoder);
  encoder.encode = (packet) => {
    const text = encodeMessage(packet);
    return text === undefined ? encode(packet) : [text];
  };
}
