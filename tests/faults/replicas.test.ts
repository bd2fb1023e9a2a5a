import { waitFor } from "../harness/wait-for";
import { scenario } from "./stage/scenario";

scenario("F01", "a replica is killed under load", async (stage) => {
  const { crowd, fleet } = stage;
  await stage.load();
  const before = crowd.screens.map((screen) => screen.connections());
  const from = Date.now();
  await fleet.replicas[0].kill("SIGKILL");
  await waitFor(() => crowd.screens.some((screen) => !screen.isOnline()), { what: "its clients to notice" });
  await stage.everyoneOnline();
  stage.figure("its clients back after", Date.now() - from, { unit: "ms", atMost: 10_000 });
  await stage.untilSent(200);
  await stage.settle();
  const moved = crowd.screens.filter((screen, index) => screen.connections() > (before[index] ?? 0)).length;
  stage.figure("clients moved", moved, { atLeast: 1 });
  stage.figure("others' ack p99", stage.ackTime(0.99, from), { unit: "ms", atMost: 500 });
  await fleet.replicas[0].start();
});

scenario("F05", "a rolling restart in order", async (stage) => {
  await stage.load();
  const from = Date.now();
  let longest = 0;
  for (const replica of stage.fleet.replicas) {
    const since = Date.now();
    expect(await replica.stop()).toBe(0);
    longest = Math.max(longest, Date.now() - since);
    await replica.start();
    await stage.everyoneOnline();
    await stage.untilSent(50);
  }
  stage.figure("drained after", longest, { unit: "ms", atMost: 10_000 });
  const failed = stage.crowd.ledger
    .between(from)
    .filter(({ refused, content }) => refused && !content.startsWith("intruding"));
  stage.figure("failed sends that a user saw", failed.length, { atMost: 0 });
});
