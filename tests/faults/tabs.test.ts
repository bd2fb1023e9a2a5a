import { randomBytes } from "node:crypto";
import type { Page } from "playwright-core";
import type { Room } from "@/lib/protocol/objects";
import { arrive, ask, composer, say, signUp, untilShown } from "../e2e/visitor";
import { startBrowser } from "../harness/browser";
import { waitFor } from "../harness/wait-for";
import { startNetwork } from "./stage/network";
import { scenario } from "./stage/scenario";
import type { Stage } from "./stage/stage";
import { readTruth } from "./stage/truth";

const texts = (name: string) => [0, 1, 2].map((number) => `${name} ${number}`);

/** Waits until exactly these are stored of this form, each once and in order. What a tab shows may still be on its way. */
async function untilStored({ fleet }: Stage, roomId: string, form: RegExp, expected: string[]): Promise<void> {
  await waitFor(
    async () => {
      const room = (await readTruth(fleet.databaseUrl, [roomId])).rooms.get(roomId);
      const stored = (room?.messages ?? []).map(({ content }) => content).filter((content) => form.test(content));
      if (stored.join() !== expected.join()) throw new Error(`stored are ${stored.join()}`);
      return true;
    },
    { timeout: 20_000, what: `${expected.join()} to be stored` },
  );
}

// In Chromium, because IndexedDB, Web Locks and BroadcastChannel are what keeps a tab's promise.
scenario(
  "F24",
  "a tab is closed with unsent messages, and two tabs of one person write while there is no network",
  async (stage) => {
    const network = await startNetwork(stage.fleet.balancer.port);
    const browser = await startBrowser();
    const visitor = await arrive(browser, network.url, { viewport: { width: 900, height: 2_000 } });
    const { context, page } = visitor;
    await signUp(visitor, `tabs-${randomBytes(4).toString("hex")}`);
    const { room } = await ask<{ room: Room }>(visitor, "POST", "/api/rooms", { name: "tabs" });
    const open = async (tab: Page) => {
      await tab.goto(`/chat/${room.id}`);
      await composer(tab).waitFor();
      return tab;
    };
    await open(page);

    network.cut();
    for (const text of texts("closing")) await say(page, text);
    await page.getByText("3 messages waiting").waitFor();
    await page.close();
    network.heal();
    const left = await open(await context.newPage());
    await untilStored(stage, room.id, /^closing \d$/, texts("closing"));
    await untilShown(left, /^closing \d$/, texts("closing"));

    const right = await open(await context.newPage());
    network.cut();
    for (const number of [0, 1, 2]) {
      await say(left, `left ${number}`);
      await say(right, `right ${number}`);
    }
    network.heal();
    for (const side of ["left", "right"]) {
      const form = new RegExp(`^${side} \\d$`);
      await untilStored(stage, room.id, form, texts(side));
      for (const tab of [left, right]) await untilShown(tab, form, texts(side));
    }
    await browser.close();
  },
);
