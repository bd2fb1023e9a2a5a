import type { ServerPayload } from "../protocol/events";
import type { Credentials } from "./credentials";
import type { ChatSocket, Environment } from "./environment";
import { watchSleep } from "./sleep";
import { isUnauthorized, refusalOf } from "./socket";
import type { Connection } from "./state";
import type { ChatStore } from "./store";

/**
 * From one try to the next, doubled each time up to the last, each shortened by up to a half. What the try itself took
 * counts, so that where tries are swallowed the last of them ends soon after the network is back. In ms.
 */
const FIRST_WAIT_MS = 500;
const LAST_WAIT_MS = 5_000;
/** The least wait after a try that failed, shortened likewise: who is slow because of a crowd is not met by it at once. */
const LEAST_WAIT_MS = 1_000;
/** How long one try may take until the server has accepted the session: both transports (6 s) and an answer. In ms. */
const OPENING_MS = 12_000;
/** How long the server may take from the connection to its greeting, in ms. */
const GREETING_MS = 10_000;

export interface Link {
  open: () => void;
  /** Breaks the connection off and makes a new one. */
  restart: () => void;
  close: () => void;
}

/**
 * Keeps one connection. Socket.io's own reconnection is off, so that waiting, the network's coming and going and
 * the end of the session are decided in one place.
 */
export function createLink(options: {
  store: ChatStore;
  environment: Pick<Environment, "clock" | "signals">;
  socket: ChatSocket;
  credentials: Credentials;
  /** Catches up; events are held back until it resolves. A rejection breaks the connection off. */
  onHello: (hello: ServerPayload<"hello">) => Promise<void>;
  onUp: () => void;
  onDown: () => void;
  /** Focus, wake or network while connected: something may have been missed. */
  onWake: () => void;
}): Link {
  const { store, socket, credentials } = options;
  const { clock, signals } = options.environment;
  let wanted = false;
  let attempts = 0;
  let triedAt = 0;
  let retryTimer: unknown = null;
  /** Ends a try that neither succeeds nor fails: a half-open way swallows what is sent. */
  let patience: unknown = null;
  /** A second try beside one under way would present the session twice on one connection. */
  let trying = false;
  let unwatch: (() => void) | null = null;
  /** Counts connections: what an earlier one began must not finish in a later one. */
  let life = 0;
  let refused = false;
  let renewedInVain = false;

  function say(state: Connection["state"]): void {
    store.setState(({ connection }) => (connection.state === state ? {} : { connection: { ...connection, state } }));
  }

  function down(): void {
    life += 1;
    trying = false;
    clock.clearTimeout(patience);
    // What was emitted just before the break waits in the socket, and would go out before the next greeting.
    socket.sendBuffer = [];
    options.onDown();
  }

  /** Connects again after a while, `atLeast` ms when the server has named a time. */
  function again(atLeast = 0): void {
    if (!wanted) return;
    say(!signals.isOnline() ? "offline" : store.getState().epoch === null ? "connecting" : "reconnecting");
    clock.clearTimeout(retryTimer);
    const step = Math.min(LAST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempts);
    const took = Math.max(0, clock.now() - triedAt);
    const wait = Math.max(Math.min(step, LEAST_WAIT_MS), step - took) * (0.5 + 0.5 * clock.random());
    attempts += 1;
    retryTimer = clock.setTimeout(connect, Math.max(wait, atLeast));
  }

  function connect(): void {
    if (!wanted || trying || socket.connected) return;
    clock.clearTimeout(retryTimer);
    trying = true;
    triedAt = clock.now();
    patience = clock.setTimeout(restart, OPENING_MS);
    socket.connect();
  }

  /** The session is not accepted: one renewal, then it has ended. */
  async function renewAndReturn(): Promise<void> {
    const outcome = renewedInVain ? "ended" : await credentials.renew();
    if (outcome === "ended") return end();
    if (outcome === "renewed") renewedInVain = true;
    again();
  }

  function end(): void {
    close();
    say("signed-out");
  }

  function close(): void {
    wanted = false;
    clock.clearTimeout(retryTimer);
    unwatch?.();
    unwatch = null;
    down();
    socket.disconnect();
  }

  function restart(): void {
    if (!wanted) return;
    // `disconnect` is not told of a break that this side makes while connecting, so what follows is said here.
    down();
    socket.disconnect();
    again();
  }

  async function greet(hello: ServerPayload<"hello">): Promise<void> {
    clock.clearTimeout(patience);
    const mine = life;
    renewedInVain = false;
    try {
      await options.onHello(hello);
    } catch {
      if (mine === life) restart();
      return;
    }
    if (mine !== life || !wanted) return;
    attempts = 0;
    say("online");
    options.onUp();
  }

  socket.on("connect", () => {
    life += 1;
    trying = false;
    refused = false;
    clock.clearTimeout(patience);
    patience = clock.setTimeout(restart, GREETING_MS);
  });
  socket.on("hello", (hello) => void greet(hello));
  socket.on("error", ({ event, error }) => {
    if (event === undefined && error.code === "unauthorized") refused = true;
  });
  socket.on("disconnect", (reason) => {
    if (reason === "io client disconnect") return;
    down();
    if (refused && wanted) void renewAndReturn();
    else again();
  });
  socket.on("connect_error", (error) => {
    down();
    if (wanted && isUnauthorized(error)) void renewAndReturn();
    else again(refusalOf(error)?.retryAfterMs ?? 0);
  });

  return {
    open() {
      if (wanted) return;
      wanted = true;
      attempts = 0;
      renewedInVain = false;
      say(signals.isOnline() ? "connecting" : "offline");
      const look = () => {
        if (!signals.isOnline()) return socket.connected ? undefined : say("offline");
        if (store.getState().connection.state === "online") options.onWake();
        else connect();
      };
      const ends = [signals.watch(look), watchSleep(clock, look)];
      unwatch = () => {
        for (const end of ends) end();
      };
      connect();
    },
    restart,
    close,
  };
}
