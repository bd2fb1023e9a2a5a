import { visibleError } from "@/lib/http/answer";
import { invalidFrom } from "@/lib/http/issues";
import { unavailable } from "@/lib/infra/database";
import { defect } from "@/lib/infra/failpoints";
import { metrics } from "@/lib/infra/metrics";
import { type LocalBucket, takeLocal } from "@/lib/infra/rate-limits";
import { AppError, invalid, notFound } from "@/lib/protocol/errors";
import { type Ack, type ClientEvent, type ClientInput, type ClientOutput, clientEvents } from "@/lib/protocol/events";
import type { ChatSocket } from "./types";

/** What the events of an area do: event name → domain function. */
export type Handlers<E extends ClientEvent = ClientEvent> = {
  [K in E]: (socket: ChatSocket, input: ClientInput<K>) => Promise<ClientOutput<K>>;
};

/** Requests of one socket that may be under way at once; a client that pushes more is not ours. */
const MAX_UNFINISHED = 20;
/** In ms: whoever asks is told within 3 s that the server cannot serve it now; what was begun may still come to its end. */
const ANSWER_WITHIN = 2_900;
/** Wrong event names after which a socket is cut. */
const MAX_UNKNOWN = 20;

const buckets: Partial<Record<ClientEvent, LocalBucket>> = {
  "message:send": "send",
  "dm:send": "send",
  "message:edit": "change",
  "message:delete": "change",
  "message:react": "react",
  "message:read": "read",
  "typing:start": "typing",
};

/**
 * The one place that answers events: it counts, parses, limits, runs and acknowledges. Whatever a client sends, it gets an
 * answer by its acknowledgement, or without one by the event `error`; nothing it sends can throw.
 */
export function answerEvents(socket: ChatSocket, handlers: Handlers): void {
  const { data } = socket;
  let unknown = 0;

  /** @throws {AppError} for what need not be begun. */
  function begin(event: ClientEvent, input: unknown): Promise<unknown> {
    if (data.unfinished >= MAX_UNFINISHED)
      throw new AppError("rate_limited", "Too many requests at once.", { retryAfterMs: 1_000 });
    const parsed = clientEvents[event].input.safeParse(input);
    if (!parsed.success) throw invalidFrom(parsed.error, "payload");
    const bucket = buckets[event];
    if (bucket) takeLocal(bucket, socket.data.userId);
    // The table pairs each event's input with its handler; the compiler cannot follow the pair through a variable.
    const handler = handlers[event] as (socket: ChatSocket, input: unknown) => Promise<unknown>;
    return handler(socket, parsed.data);
  }

  /** Calls `answer` once: with the outcome, or with `unavailable` when its time is over. By hand, as it is on every event's way. */
  function run(event: ClientEvent, input: unknown, answer: (error: unknown, value?: unknown) => void): void {
    let work: Promise<unknown>;
    try {
      work = begin(event, input);
    } catch (error) {
      answer(error);
      return;
    }
    data.unfinished += 1;
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      answer(unavailable());
    }, ANSWER_WITHIN);
    const end = (error: unknown, value?: unknown) => {
      data.unfinished -= 1;
      clearTimeout(timer);
      if (!late) answer(error, value);
    };
    work.then((value) => end(undefined, value), end);
  }

  function fail(event: string, thrown: unknown, ack: ((answer: Ack<never>) => void) | undefined): void {
    const error = visibleError(thrown, { requestId: socket.id, route: event }).toBody();
    if (ack) ack({ ok: false, error });
    else socket.emit("error", { event: event.slice(0, 64), error });
  }

  socket.onAny((event: string, ...values: unknown[]) => {
    const last = values.at(-1);
    const ack = typeof last === "function" ? (last as (answer: Ack<unknown>) => void) : undefined;
    try {
      takeLocal("events", socket.id);
    } catch (error) {
      // Far above what a person can do: cut rather than answered for ever.
      fail(event, error, ack);
      socket.disconnect(true);
      return;
    }
    if (!Object.hasOwn(clientEvents, event)) {
      unknown += 1;
      fail(event, invalid({ event: "is not an event of this server" }), ack);
      if (unknown >= MAX_UNKNOWN) socket.disconnect(true);
      return;
    }
    if (process.env.PARLEY_FAILPOINTS === "built-in" && event === "message:send" && defect("refuse-stored"))
      fail(event, notFound("This room"), ack);
    const since = performance.now();
    run(event as ClientEvent, values[0] === last && ack ? undefined : values[0], (error, data) => {
      if (error !== undefined) fail(event, error, ack);
      else ack?.({ ok: true, data });
      metrics().ackSeconds.observe({ event }, (performance.now() - since) / 1_000);
    });
  });
}
