import { kick, signOut } from "./stage/revocation";
import { scenario } from "./stage/scenario";
import type { Screen } from "./stage/screen";

scenario(["F27", "F28"], "removed and signed out, with Redis and without", async (stage) => {
  const { crowd, fleet } = stage;
  const [first, second, third, fourth] = crowd.screens.slice(-4) as [Screen, Screen, Screen, Screen];
  await stage.load();
  stage.figure("room gone after", await kick(stage, first, 1_000), { unit: "ms", atMost: 1_000 });
  stage.figure("signed out after", await signOut(stage, second, 1_000), { unit: "ms", atMost: 1_000 });
  await fleet.redis.kill();
  await stage.untilSent(60);
  stage.figure("without Redis: room gone after", await kick(stage, third, 10_000), { unit: "ms", atMost: 10_000 });
  stage.figure("signed out after", await signOut(stage, fourth, 10_000), { unit: "ms", atMost: 10_000 });
  await fleet.redis.start();
  await stage.untilSent(60);
});
