import type { Server as HttpServer } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import { createAdapter, createShardedAdapter } from "@socket.io/redis-adapter";
import { Server } from "socket.io";
import * as presence from "@/lib/domain/presence";
import * as typing from "@/lib/domain/typing";
import { background } from "@/lib/infra/background";
import { installation, readInstallation } from "@/lib/infra/installation";
import { publisher } from "@/lib/infra/publish";
import { type Redis, redis } from "@/lib/infra/redis";
import { checkAccess } from "./access-check";
import { allowRequest, guardConnections } from "./admission";
import { roomIdOf } from "./audience";
import { createBackPressure } from "./back-pressure";
import { createCatchUp } from "./catch-up";
import { acceptConnections } from "./connection";
import { createDelivery } from "./delivery";
import { encodeMessagesOnce } from "./encode-once";
import { greetAgain } from "./greet-again";
import { Marks } from "./marks";
import { writeOnceATurn } from "./one-write";
import { watchEpoch } from "./other-life";
import { createPublisher } from "./publisher";
import { readSockets } from "./socket-metrics";
import { inTurns } from "./turns";
import type { ChatServer, ChatSocket } from "./types";

export interface Sockets {
  /** Tells clients to reconnect elsewhere; resolves when they are gone or have had their time. */
  drain(): Promise<void>;
  close(): Promise<void>;
}

/** Sockets are told to go in slices, so that the other replicas are not met by all of them at once. */
const DRAIN_SLICES = 10;
const DRAIN_EVERY_MS = 100;
/** How long draining waits for answers that are under way, all slices together. */
const DRAIN_ANSWERS_MS = 2_000;
const DRAIN_LOOK_MS = 10;
const EPOCH_EVERY_MS = 2_000;
const HEADS_EVERY_MS = 30_000;

function adapterOf({ publisher: pub, subscriber, cluster }: Redis) {
  const { prefix } = installation.get();
  return cluster
    ? // One channel: what is told to several rooms at once would go there anyway, and messages have channels of their own.
      createShardedAdapter(pub, subscriber, { channelPrefix: `${prefix}:io`, subscriptionMode: "static" })
    : createAdapter(pub, subscriber, { key: `${prefix}:io`, requestsTimeout: 2_000 });
}

/** Attaches Socket.io to the server and provides the `publisher`; see docs/architecture.md "Sockets". */
export async function attachSockets(server: HttpServer): Promise<Sockets> {
  installation.provide(await readInstallation());
  let draining = false;
  const bus = redis.find();
  const io: ChatServer = new Server(server, {
    serveClient: false,
    maxHttpBufferSize: 64 * 1024,
    perMessageDeflate: false,
    httpCompression: false,
    pingInterval: 15_000,
    pingTimeout: 20_000,
    connectTimeout: 10_000,
    // Upgrades to elsewhere are refused by the HTTP server itself.
    destroyUpgrade: false,
    allowRequest: (request, decide) => decide(null, !draining && allowRequest(request)),
    ...(bus && { adapter: adapterOf(bus) }),
  });
  encodeMessagesOnce(io);
  writeOnceATurn(io);
  const marks = new Marks();
  const deliver = createDelivery(io, marks);
  publisher.provide(await createPublisher(io, deliver));
  const catchUp = createCatchUp(io, marks, deliver);
  readSockets(io);
  guardConnections(io);
  acceptConnections(io, marks);
  const sockets = () => [...io.of("/").sockets.values()] as ChatSocket[];

  function tellHeads(part: ChatSocket[]): void {
    const active = catchUp.activeHeads();
    for (const socket of part) {
      const heads: Record<string, number> = {};
      for (const name of socket.rooms) {
        const roomId = roomIdOf(name);
        const head = roomId && active.get(roomId);
        if (roomId && head) heads[roomId] = head;
      }
      if (Object.keys(heads).length) socket.emit("heads", { heads });
    }
  }

  const greetings = greetAgain(marks);
  bus?.onRestored(() => greetings.add(sockets()));

  const loops = background();
  const tasks = [
    greetings.task,
    loops.every("watching the epoch", EPOCH_EVERY_MS, await watchEpoch(sockets, catchUp.restart)),
    loops.every("comparing heads", 1_000, catchUp.compare),
    loops.every("checking access", 5_000, () => checkAccess(io)),
    inTurns("telling heads", HEADS_EVERY_MS, sockets, tellHeads),
    loops.every("watching readers", 250, createBackPressure(io)),
    inTurns("renewing presence", presence.PRESENCE_RENEWAL_MS, sockets, (part) =>
      Promise.all(part.map(({ data }) => presence.renewed(data.userId, data.holder))),
    ),
    loops.every("ending presence", 1_000, presence.sweep),
    loops.every("ending typing", 250, typing.sweep),
  ];

  return {
    async drain() {
      draining = true;
      const leaving = sockets();
      const answered = performance.now() + DRAIN_ANSWERS_MS;
      const slice = Math.ceil(leaving.length / DRAIN_SLICES);
      for (let from = 0; from < leaving.length; from += slice) {
        const next = leaving.slice(from, from + slice);
        // What they have asked is answered first: an edit that breaks off is one that its author takes for failed.
        while (performance.now() < answered && next.some(({ data }) => data.unfinished > 0)) await wait(DRAIN_LOOK_MS);
        // Closed below Socket.io, so that clients take it for a lost connection and reconnect.
        for (const socket of next) socket.conn.close();
        await wait(DRAIN_EVERY_MS);
      }
    },
    async close() {
      await Promise.all(tasks.map((task) => task.stop()));
      // The publisher stays: a change that is committed only now is still told to the other replicas.
      await new Promise<void>((resolve) => void io.close(() => resolve()));
    },
  };
}
