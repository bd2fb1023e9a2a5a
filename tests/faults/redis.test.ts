import { scenario } from "./stage/scenario";

scenario("F09", "Redis is killed under load and comes back empty", async (stage) => {
  const { redis } = stage.fleet;
  await stage.load();
  const from = Date.now();
  await redis.kill();
  await stage.untilSent(500);
  const to = Date.now();
  await stage.settle();
  stage.figure("ack p99 without Redis", stage.ackTime(0.99, from, to), { unit: "ms", atMost: 500 });
  stage.figure("shown elsewhere without Redis, at most", stage.deliveryTime(1, from, to), {
    unit: "ms",
    atMost: 5_000,
  });
  await redis.start();
  await stage.load();
  await stage.untilSent(200);
});
