import type { Browser } from "playwright-core";
import type { Room } from "@/lib/protocol/objects";
import { startBrowser } from "../harness/browser";
import { type Replica, startReplica } from "../harness/replica";
import { arrive, ask, composer, row, say, signUp, untilShown, type Visitor } from "./visitor";

let server: Replica;
let browser: Browser;
let ada: Visitor;
let ben: Visitor;
let path: string;

beforeAll(async () => {
  [server, browser] = await Promise.all([startReplica(), startBrowser()]);
  // Tall enough for a hundred short messages of one author to be in the page at once.
  const tall = { viewport: { width: 900, height: 4_000 } };
  [ada, ben] = await Promise.all([arrive(browser, server.url, tall), arrive(browser, server.url, tall)]);
  await signUp(ada, "ada");
  const benId = await signUp(ben, "ben");
  const body = { name: "general", memberIds: [benId] };
  const { room } = await ask<{ room: Room }>(ada, "POST", "/api/rooms", body);
  path = `/chat/${room.id}`;
  await Promise.all([ada.page.goto(path), ben.page.goto(path)]);
  await Promise.all([composer(ada.page).waitFor(), composer(ben.page).waitFor()]);
}, 60_000);

test("a hundred messages written offline arrive once and in order", async () => {
  await say(ada.page, "before");
  await row(ben.page, "before").waitFor();
  await ada.context.setOffline(true);
  const lines = Array.from({ length: 100 }, (_, index) => `offline ${index}`);
  for (const text of lines) await say(ada.page, text);
  await ada.page.getByText("100 messages waiting").waitFor();
  await ada.context.setOffline(false);
  await untilShown(ben.page, /^offline \d+$/, lines, 30_000);
  await untilShown(ada.page, /^offline \d+$/, lines);
}, 90_000);

test("a tab that is closed with unsent messages sends them when it is opened again", async () => {
  await server.kill("SIGKILL");
  const lines = ["closing 0", "closing 1", "closing 2"];
  for (const text of lines) await say(ada.page, text);
  await ada.page.getByText("3 messages waiting").waitFor();
  await ada.page.close();
  await server.start();
  ada.page = await ada.context.newPage();
  await ada.page.goto(path);
  await untilShown(ben.page, /^closing \d$/, lines, 20_000);
  await untilShown(ada.page, /^closing \d$/, lines);
}, 60_000);

test("two tabs of one person: each message is sent once", async () => {
  const second = await ada.context.newPage();
  await second.goto(path);
  await composer(second).waitFor();
  await server.kill("SIGKILL");
  for (const number of [0, 1, 2]) {
    await say(ada.page, `left ${number}`);
    await say(second, `right ${number}`);
  }
  await server.start();
  for (const page of [ben.page, ada.page, second]) {
    for (const side of ["left", "right"])
      await untilShown(page, new RegExp(`^${side} \\d$`), [`${side} 0`, `${side} 1`, `${side} 2`], 20_000);
  }
}, 60_000);
