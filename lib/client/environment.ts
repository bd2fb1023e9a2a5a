import type { Socket } from "socket.io-client";
import type { ClientToServer, ServerToClient } from "../protocol/events";
import type { OutboxStorage } from "./outbox-storage";

export type ChatSocket = Socket<ServerToClient, ClientToServer>;

/**
 * What the client needs from where it runs. Browsers get `browserEnvironment()`; Node (tests, measures, bots)
 * gets `nodeEnvironment()`, or any mixture.
 */
export interface Environment {
  /** Where the server is, without a path; empty in a browser, which asks its own origin. */
  origin: string;
  fetch: (input: string, init?: RequestInit) => Promise<Response>;
  /** Makes a socket that has not connected yet and neither retries sends nor recovers state by itself. */
  socket: (auth: () => Record<string, unknown>) => ChatSocket;
  clock: Clock;
  locks: Locks;
  outbox: OutboxStorage;
  /** Small texts that outlive the page and are shared by tabs. */
  keep: Keep;
  channel: (name: string) => Channel;
  signals: Signals;
  /** The session of a client without cookies; browsers leave it out. */
  bearer?: Bearer;
}

export interface Bearer {
  accessToken: string;
  /** ISO time by the server's clock. */
  expiresAt?: string;
  refreshToken?: string;
}

export interface Clock {
  /** Wall time in ms. */
  now: () => number;
  setTimeout: (run: () => void, ms: number) => unknown;
  clearTimeout: (timer: unknown) => void;
  random: () => number;
}

/** The part of `navigator.locks` that is used: `run` holds the lock until its promise settles or `signal` aborts the wait. */
export interface Locks {
  request: (
    name: string,
    options: { signal?: AbortSignal; steal?: boolean },
    run: () => Promise<void>,
  ) => Promise<void>;
}

export interface Keep {
  get: (key: string) => string | null;
  /** null removes. */
  set: (key: string, value: string | null) => void;
  keys: () => string[];
  /** Calls back when another tab changed a key; returns how to stop. */
  watch: (changed: (key: string, value: string | null) => void) => () => void;
}

/** The part of `BroadcastChannel` that is used: other tabs of the same browser hear what is posted. */
export interface Channel {
  post: (message: unknown) => void;
  listen: (heard: (message: unknown) => void) => void;
  close: () => void;
}

export interface Signals {
  /** Whether the device believes it has a network. */
  isOnline: () => boolean;
  /** The page was focused, became visible, woke up, or the network came or went. Returns how to stop. */
  watch: (changed: () => void) => () => void;
}
