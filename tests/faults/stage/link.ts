import { createServer, type Socket, connect as tcpConnect } from "node:net";
import { atEnd } from "../../harness/cleanup";
import { Channel, type Conditions } from "./channel";

/** A TCP connection's way through a place that the test can break. Each fault stays until `heal`, resets excepted. */
export interface Link {
  port: number;
  /** Each direction takes this many ms longer, plus up to `jitter`; order is kept. */
  delay(ms: number, jitter?: number): void;
  /** Bytes a second and connection towards the client (`down`) and the server (`up`); 0 stands still, nothing is lost. */
  throttle(rate: { down?: number; up?: number }): void;
  /** Ends every connection and lets none through. */
  cut(): void;
  /** Ends every connection by RST; new ones pass. */
  reset(): void;
  /** Half-open: what is there and what comes stays open and swallows everything, without a word. Stays dead when healed. */
  freeze(): void;
  heal(): void;
  /** Connections that go through it now, or hang in it: those whose client is still there. */
  connections(): number;
  /** Where new connections go from now on; they wait until it is known. */
  route(find: () => Promise<number> | number): void;
}

export interface LinkOptions {
  /** Makes a filter for what a server says on one connection: what it returns goes on to the client. */
  filter?: () => (chunk: Buffer) => Buffer[];
  /** Refuses connections while the server does: who balances loads treats that otherwise than one that breaks at once. */
  follow?: boolean;
}

const probeMs = 50;

interface Pair {
  near: Socket;
  far: Socket | undefined;
  channels: Channel[];
  swallows: boolean;
}

/** Starts a proxy before a server of this machine. Closed at the end of the test file. */
export async function startLink(to: number, { filter, follow = false }: LinkOptions = {}): Promise<Link> {
  let target: () => Promise<number> | number = () => to;
  let open = true;
  let frozen = false;
  let closed = false;
  const conditions: Conditions = { delay: 0, jitter: 0, up: Number.POSITIVE_INFINITY, down: Number.POSITIVE_INFINITY };
  const pairs = new Set<Pair>();

  const server = createServer({ pauseOnConnect: true, noDelay: true }, (near) => {
    near.on("error", () => {});
    if (!open) return void near.destroy();
    const pair: Pair = { near, far: undefined, channels: [], swallows: frozen };
    pairs.add(pair);
    near.on("close", () => forget(pair));
    if (frozen) return void near.on("data", () => {}).resume();
    void (async () => {
      try {
        const port = await target();
        if (!near.destroyed) join(pair, tcpConnect({ port, host: "127.0.0.1", noDelay: true }));
      } catch {
        near.destroy();
      }
    })();
  });

  function listen(port: number): Promise<void> {
    return new Promise((ready, fail) => {
      server.once("error", fail);
      server.listen(port, "127.0.0.1", () => {
        server.off("error", fail);
        ready();
      });
    });
  }

  /** Closes the door until the server behind it listens again. */
  function followTarget(): void {
    if (!server.listening || closed) return;
    server.close();
    const probe = () => {
      if (closed) return;
      const socket = tcpConnect({ port: to, host: "127.0.0.1" });
      socket.once("error", () => setTimeout(probe, probeMs));
      socket.once("connect", () => {
        socket.destroy();
        listen(port).catch(() => setTimeout(probe, probeMs));
      });
    };
    probe();
  }

  function forget(pair: Pair): void {
    if (pair.near.destroyed && (pair.far?.destroyed ?? true)) pairs.delete(pair);
  }

  function join(pair: Pair, far: Socket): void {
    const { near } = pair;
    pair.far = far;
    far.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "ECONNREFUSED") return;
      near.resetAndDestroy();
      if (follow) followTarget();
    });
    far.on("close", () => forget(pair));
    const swallows = () => pair.swallows;
    pair.channels = [
      new Channel(near, far, conditions, "up", swallows),
      new Channel(far, near, conditions, "down", swallows, filter?.()),
    ];
    near.resume();
  }

  await listen(0);
  const address = server.address();
  const port = typeof address === "object" ? (address?.port ?? 0) : 0;
  const each = (work: (pair: Pair) => void) => {
    for (const pair of [...pairs]) work(pair);
  };
  const changed = () =>
    each(({ channels }) => {
      for (const channel of channels) channel.pump();
    });
  const breakAll = () =>
    each(({ near, far }) => {
      near.destroy();
      far?.destroy();
    });
  atEnd(() => {
    closed = true;
    breakAll();
    server.close();
  });
  return {
    port,
    delay(ms, jitter = 0) {
      Object.assign(conditions, { delay: ms, jitter });
    },
    throttle({ down = conditions.down, up = conditions.up }) {
      Object.assign(conditions, { down, up });
      changed();
    },
    cut() {
      open = false;
      breakAll();
    },
    reset: () =>
      each(({ near, far }) => {
        near.resetAndDestroy();
        far?.resetAndDestroy();
      }),
    freeze() {
      frozen = true;
      each((pair) => {
        pair.swallows = true;
      });
    },
    heal() {
      open = true;
      frozen = false;
      const free = Number.POSITIVE_INFINITY;
      Object.assign(conditions, { delay: 0, jitter: 0, up: free, down: free });
      changed();
    },
    connections: () => [...pairs].filter(({ near }) => !near.destroyed).length,
    route(find) {
      target = find;
    },
  };
}
