import { io, type Socket } from "socket.io-client";
import { atEnd } from "../harness/cleanup";
import { waitFor } from "../harness/wait-for";
import { fillHouse } from "./stage/crowd";
import { startNetwork } from "./stage/network";
import { scenario } from "./stage/scenario";

const CLIENTS = 2_000;
const AWAY_MS = 3_000;

scenario("F29", "2,000 clients lose their network and reconnect at once", async (stage) => {
  const { fleet } = stage;
  // In rooms of their own, so that what the crowd says is not said to all of them too: their return is the load.
  const { people } = await fillHouse(fleet.balancer.url, { people: 40, rooms: 10, roomsEach: 5 });
  const way = await startNetwork(fleet.balancer.port);
  // Sockets without a screen, with the delays of the shipped client's first tries: its store 2,000 times would be the test's own load.
  const sockets: Socket[] = [];
  let greeted = new Set<Socket>();
  const everyone = async (atMost: number) => {
    await waitFor(
      () => {
        if (greeted.size === CLIENTS) return true;
        throw new Error(`${greeted.size} of ${CLIENTS} are`);
      },
      { timeout: atMost, every: 100, what: "all to be greeted" },
    );
  };
  const leave = () => {
    for (const socket of sockets) socket.off().disconnect();
  };
  atEnd(leave);
  while (sockets.length < CLIENTS) {
    for (const person of people.slice(0, CLIENTS - sockets.length)) {
      const socket = io(way.url, {
        transports: ["websocket"],
        forceNew: true,
        reconnectionDelay: 500,
        reconnectionDelayMax: 5_000,
        auth: { token: person.accessToken, batch: true },
      });
      socket.on("hello", () => greeted.add(socket));
      // What the server refuses or ends, socket.io does not try again; the shipped client does.
      const again = () => {
        if (!socket.active) setTimeout(() => socket.connect(), 500 + Math.random() * 1_000).unref();
      };
      socket.on("connect_error", again).on("disconnect", again);
      sockets.push(socket);
    }
    await waitFor(() => greeted.size > sockets.length - 200, { timeout: 30_000, what: "the first to be greeted" });
  }
  await everyone(60_000);
  await stage.load();
  way.cut();
  await waitFor(() => sockets.every((socket) => !socket.connected), { what: "all to be without network" });
  await stage.untilSent((AWAY_MS / 1_000) * 50);
  greeted = new Set();
  const from = Date.now();
  way.heal();
  await everyone(45_000);
  stage.figure("all back after", Date.now() - from, { unit: "ms", atMost: 45_000 });
  leave();
  await stage.untilSent(100);
});
