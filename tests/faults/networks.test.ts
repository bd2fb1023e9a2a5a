import { scenario } from "./stage/scenario";
import { snapshots } from "./stage/snapshot";

scenario("F23", "30 % of the acknowledgements are lost", async (stage) => {
  const { crowd, network } = stage;
  const from = Date.now();
  network.loseAcks(0.3);
  await stage.load();
  await stage.untilSent(800);
  network.heal();
  await stage.settle();
  const sent = crowd.ledger.between(from).filter(({ refused }) => !refused);
  const tries = sent.reduce((sum, entry) => sum + entry.tries, 0) / sent.length;
  stage.figure("tries a message", tries, { atMost: 1.6 });
  // Snapshot + events = a fresh snapshot.
  for (const { old, fresh } of await snapshots(crowd, network)) expect(old).toEqual(fresh);
});
