import type { ErrorBody } from "../protocol/errors";
import type { Ack, ClientEvent, ClientInput, ClientOutput } from "../protocol/events";
import { ApiError, fromBody, unreachable } from "./api-error";
import type { ChatSocket } from "./environment";

/** How long an answer of the socket is waited for, in ms. */
export const ACK_TIMEOUT_MS = 5_000;

/** Asks one thing of the server over the socket. */
export type Emit = <E extends ClientEvent>(event: E, input: ClientInput<E>) => Promise<ClientOutput<E>>;

/**
 * Rejects with `ApiError`: `unreachable` at once when there is no connection, and after `ACK_TIMEOUT_MS` without
 * an answer. Nothing is kept for later: what must survive an outage belongs into the outbox.
 */
export function createEmit(socket: ChatSocket): Emit {
  return <E extends ClientEvent>(event: E, input: ClientInput<E>) =>
    new Promise<ClientOutput<E>>((resolve, reject) => {
      if (!socket.connected) return reject(unreachable());
      const lost = () => reject(unreachable());
      socket.once("disconnect", lost);
      const answered = (failure: Error | null, answer?: Ack<ClientOutput<E>>) => {
        socket.off("disconnect", lost);
        if (failure || !answer) reject(unreachable());
        else if (answer.ok) resolve(answer.data);
        else reject(fromBody(answer.error));
      };
      // The typed event map ties each event to its own acknowledgement, which a generic caller can't spell.
      const raw: { emit: (event: string, input: unknown, ack: typeof answered) => unknown } = socket.timeout(
        ACK_TIMEOUT_MS,
      ) as never;
      raw.emit(event, input, answered);
    });
}

/** What the server said when it refused a connection; null when something else went wrong. */
export function refusalOf(error: unknown): ApiError | null {
  if (error instanceof ApiError) return error;
  const data = typeof error === "object" && error !== null && "data" in error ? error.data : undefined;
  return typeof data === "object" && data !== null && "code" in data ? fromBody(data as ErrorBody) : null;
}

/** Whether an error of the socket says that the session, not the network, is the trouble. */
export function isUnauthorized(error: unknown): boolean {
  const code = refusalOf(error)?.code;
  return code === "unauthorized" || (error instanceof Error && error.message === "unauthorized");
}
