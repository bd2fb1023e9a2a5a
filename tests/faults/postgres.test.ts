import { setTimeout as wait } from "node:timers/promises";
import { scenario } from "./stage/scenario";

const OUTAGE_MS = 15_000;

scenario("F14", "PostgreSQL stops as by a power cut and is back after 15 s", async (stage) => {
  const { crowd, fleet } = stage;
  await stage.load();
  await fleet.postgres.stop("immediate");
  const from = Date.now();
  await wait(OUTAGE_MS);
  const acked = crowd.ledger.between(from + 100).filter((sent) => sent.storedAt !== null);
  stage.figure("acknowledged without a database", acked.length, { atMost: 0 });
  stage.figure("waiting in outboxes", crowd.ledger.between(from).length, { atLeast: 1 });
  await stage.stopLoad();
  await fleet.postgres.start();
  await stage.settle(30_000);
});
