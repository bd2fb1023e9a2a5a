import { setTimeout as wait } from "node:timers/promises";
import { startBalancer } from "../harness/balancer";
import { startNetwork } from "./stage/network";
import { scenario } from "./stage/scenario";

const WITHOUT_MS = 60_000;

const withoutWebSocket = (config: string) =>
  config.replace(/^frontend .*$/m, "$&\n  http-request deny if { hdr(upgrade) -i websocket }");

const withoutStickiness = (config: string) =>
  config
    .replace(/^\s*cookie .*$/m, "")
    .replaceAll(/ cookie parley\d/g, "")
    .replace("balance leastconn", "balance random");

scenario("F20", "stickiness is lost for 60 s, for polling clients too", async (stage) => {
  const { crowd, fleet, network } = stage;
  const doors = fleet.replicas.map(({ fromBalancer }) => fromBalancer);
  const [pollingOnly, unsticky] = await Promise.all([
    startBalancer(doors, "haproxy.cfg", withoutWebSocket),
    startBalancer(doors, "haproxy.cfg", withoutStickiness),
  ]);
  const behind = await startNetwork(pollingOnly.port);
  for (const [index, screen] of crowd.screens.slice(-6).entries()) {
    // A browser would keep the cookie that the balancer sets; Node keeps none.
    await crowd.move(screen, behind, { headers: { cookie: `parley-replica=r${(index % 3) + 1}` } });
  }
  const polling = () => crowd.screens.filter(({ socket }) => socket.io.engine?.transport.name === "polling").length;
  stage.figure("clients that poll", polling(), { atLeast: 6 });
  await stage.load();
  for (const way of [behind, network]) {
    way.route(() => unsticky.port);
    way.reset();
  }
  await wait(WITHOUT_MS);
  behind.route(() => pollingOnly.port);
  network.route(() => fleet.balancer.port);
  for (const way of [behind, network]) way.reset();
  await stage.everyoneOnline(40_000);
  await stage.untilSent(200);
});
