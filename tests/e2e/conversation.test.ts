import type { Browser } from "playwright-core";
import { startBrowser } from "../harness/browser";
import { type Replica, startReplica } from "../harness/replica";
import { arrive, choose, composer, fillRegistration, row, say, untilShown, type Visitor } from "./visitor";

let server: Replica;
let browser: Browser;
let ada: Visitor;
let ben: Visitor;

beforeAll(async () => {
  [server, browser] = await Promise.all([startReplica(), startBrowser()]);
  [ada, ben] = await Promise.all([arrive(browser, server.url), arrive(browser, server.url)]);
}, 60_000);

test("two people register; one opens a room, the other finds and joins it", async () => {
  await ada.page.goto("/");
  await ada.page.waitForURL("**/register");
  await fillRegistration(ada.page, "ada");
  await ada.page.locator('button[type="submit"]').click();
  await ada.page.waitForURL("**/chat");
  await fillAndGo(ben);

  await ada.page.getByRole("button", { name: /Make the first room/ }).click();
  await ada.page.getByLabel("Name").fill("general");
  await ada.page.getByRole("button", { name: "Create room" }).click();
  await ada.page.waitForURL("**/chat/*");
  await ben.page.goto("/chat");
  await ben.page.getByRole("button", { name: "Join general" }).click();
  await ben.page.waitForURL("**/chat/*");
  expect(new URL(ben.page.url()).pathname).toBe(new URL(ada.page.url()).pathname);
}, 60_000);

async function fillAndGo({ page }: Visitor): Promise<void> {
  await page.goto("/register");
  await fillRegistration(page, "ben");
  await page.locator('button[type="submit"]').click();
  await page.waitForURL("**/chat");
}

test("they talk: typing, mention, reply, reaction, edit, deletion", async () => {
  // The first Enter completes the name, the second sends.
  await composer(ada.page).pressSequentially("hello @be");
  await ada.page.getByRole("listbox", { name: "People" }).waitFor();
  await composer(ada.page).press("Enter");
  await composer(ada.page).press("Enter");
  await row(ben.page, "hello @ben").waitFor();
  await composer(ben.page).pressSequentially("hm");
  await ada.page.getByText("ben is typing…").waitFor();
  await composer(ben.page).fill("");

  await row(ben.page, "hello @ben").hover();
  await row(ben.page, "hello @ben").getByRole("button", { name: "Reply" }).click();
  await say(ben.page, "an answer");
  await row(ada.page, "an answer").getByText("hello @ben").waitFor();

  await row(ada.page, "an answer").hover();
  await row(ada.page, "an answer")
    .getByRole("button", { name: /^React with/ })
    .first()
    .click();
  await row(ben.page, "an answer").getByRole("list", { name: "Reactions" }).waitFor();

  await choose(ada.page, "hello @ben", "Edit");
  await ada.page.getByLabel("Edit message").fill("good morning");
  await ada.page.getByLabel("Edit message").press("Enter");
  await ben.page.locator("article .prose", { hasText: "good morning" }).waitFor();

  await say(ada.page, "not for long");
  await row(ben.page, "not for long").waitFor();
  await choose(ada.page, "not for long", "Delete");
  await ada.page
    .getByRole("dialog")
    .getByRole("button", { name: /Delete/ })
    .click();
  await row(ben.page, "not for long").waitFor({ state: "detached" });
  await row(ada.page, "not for long").waitFor({ state: "detached" });
}, 60_000);

test("the server dies while one writes: what waits is sent when it is back, once and in order", async () => {
  const line = /^line \d+$/;
  const lines: string[] = [];
  const write = async (count: number) => {
    for (let index = 0; index < count; index += 1) {
      lines.push(`line ${lines.length}`);
      await say(ada.page, lines.at(-1) ?? "");
    }
  };
  await write(4);
  const [, ...more] = await Promise.all([server.kill("SIGKILL"), write(4)]);
  expect(more).toHaveLength(1);
  await write(2);
  await ada.page.getByText(/Reconnecting….*waiting/).waitFor();
  await untilShown(ada.page, line, lines);
  await server.start();
  await untilShown(ben.page, line, lines);
  await untilShown(ada.page, line, lines);
  await ada.page.getByText(/Reconnecting…/).waitFor({ state: "detached" });
  for (const { page } of [ada, ben]) {
    await page.reload();
    await untilShown(page, line, lines);
  }
}, 60_000);
