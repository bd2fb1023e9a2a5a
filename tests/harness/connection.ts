import { io, type ManagerOptions, type Socket, type SocketOptions } from "socket.io-client";
import type { ErrorBody } from "@/lib/protocol/errors";
import {
  type Ack,
  type ClientEvent,
  type ClientInput,
  type ClientOutput,
  clientEvents,
  type ServerEvent,
  type ServerPayload,
  serverEvents,
} from "@/lib/protocol/events";
import { atEnd } from "./cleanup";
import { checkOutput, noteBreach } from "./contract";
import { type WaitOptions, waitFor } from "./wait-for";

export interface Heard<E extends ServerEvent = ServerEvent> {
  event: E;
  payload: ServerPayload<E>;
}

/** A socket that remembers all it hears, in order. */
export interface Connection {
  socket: Socket;
  heard: Heard[];
  /** What was heard of one event. */
  of<E extends ServerEvent>(event: E): ServerPayload<E>[];
  /** Emits and resolves to the ack's data. @throws {RefusedError} when it is refused, an error when no ack comes. */
  emit<E extends ClientEvent>(event: E, input: ClientInput<E>): Promise<ClientOutput<E>>;
  /** The first payload of that event, heard already or still to come, that the condition accepts. */
  next<E extends ServerEvent>(
    event: E,
    accept?: (payload: ServerPayload<E>) => boolean,
    options?: WaitOptions,
  ): Promise<ServerPayload<E>>;
  close(): void;
}

/** An event that the server answered with an error. */
export class RefusedError extends Error {
  constructor(
    readonly code: ErrorBody["code"],
    readonly body: ErrorBody,
  ) {
    super(`${code}: ${body.message}`);
  }
}

export type ConnectOptions = Partial<ManagerOptions & SocketOptions>;

/** Opens a socket with this handshake; resolves when the server has said `hello`. Does not reconnect unless told to. */
export async function connect(
  url: string,
  auth: Record<string, unknown>,
  options: ConnectOptions = {},
): Promise<Connection> {
  const socket: Socket = io(url, { transports: ["websocket"], reconnection: false, forceNew: true, auth, ...options });
  const heard: Heard[] = [];
  socket.onAny((event: ServerEvent, payload: unknown) => {
    heard.push({ event, payload } as Heard);
    noteBreach(() => checkOutput(serverEvents[event], payload, event));
  });
  let refused: Error | undefined;
  socket.on("connect_error", (error) => {
    refused = error;
  });
  atEnd(() => socket.disconnect());
  const connection: Connection = {
    socket,
    heard,
    of: <E extends ServerEvent>(event: E) =>
      heard.filter((one) => one.event === event).map((one) => one.payload as ServerPayload<E>),
    async emit<E extends ClientEvent>(event: E, input: ClientInput<E>) {
      const ack = (await socket.timeout(10_000).emitWithAck(event, input)) as Ack<ClientOutput<E>>;
      if (!ack.ok) throw new RefusedError(ack.error.code, ack.error);
      return checkOutput(clientEvents[event].output, ack.data, event) as ClientOutput<E>;
    },
    next: (event, accept = () => true, waiting) =>
      waitFor(() => connection.of(event).find(accept), { what: `the event ${event}`, ...waiting }),
    close: () => void socket.disconnect(),
  };
  await waitFor(
    () => {
      // A refused handshake or a broken connection is final, unless the socket is to try again.
      if (refused && (!socket.active || !socket.io.reconnection())) return true;
      return connection.of("hello").length > 0;
    },
    { what: "hello" },
  );
  if (connection.of("hello").length === 0) throw refused;
  return connection;
}
