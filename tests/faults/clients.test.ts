import { setTimeout as wait } from "node:timers/promises";
import { say } from "./stage/load";
import { scenario } from "./stage/scenario";
import type { Screen } from "./stage/screen";

const OFFLINE_MS = 60_000;

scenario("F18", "offline for a minute, with 100 queued messages", async (stage) => {
  const { crowd } = stage;
  const { screen, network } = await stage.moveApart(crowd.screens.at(-1) as Screen);
  const [roomId = ""] = screen.open;
  network.cut();
  crowd.leave(screen);
  for (let number = 0; number < 100; number += 1) await say(crowd, screen, roomId, `from the train ${number}`);
  await stage.load();
  await wait(OFFLINE_MS);
  await stage.settle();
  crowd.comeBack(screen);
  network.heal();
  await stage.settle(5_000);
  const said = screen.chat.store
    .getState()
    .conversations.get(roomId)
    ?.messages.filter(({ content }) => content.startsWith("from the train"))
    .map(({ content }) => content);
  expect(said).toEqual(Array.from({ length: 100 }, (_, number) => `from the train ${number}`));
});
