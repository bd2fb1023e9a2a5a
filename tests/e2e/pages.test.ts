import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import AxeBuilder from "@axe-core/playwright";
import type { Browser, Page } from "playwright-core";
import type { Room } from "@/lib/protocol/objects";
import { startBrowser } from "../harness/browser";
import { type Replica, startReplica } from "../harness/replica";
import { waitFor } from "../harness/wait-for";
import { arrive, ask, composer, fillRegistration, password, row, say, signUp, type Visitor } from "./visitor";

const root = resolve(import.meta.dirname, "..", "..");
/** Kilobytes of JavaScript, compressed, that the first view of a room may load. */
const FIRST_LOAD_KB = 260;

let server: Replica;
let browser: Browser;
let ada: Visitor;
let roomPath: string;

const violations = async (page: Page) =>
  (await new AxeBuilder({ page }).analyze()).violations.map(({ id, nodes }) => [id, nodes.map(({ target }) => target)]);

beforeAll(async () => {
  [server, browser] = await Promise.all([startReplica(), startBrowser()]);
}, 60_000);

test("an empty server asks for its first account; a refused one says why beside the fields and keeps what was typed", async () => {
  ada = await arrive(browser, server.url);
  const { page } = ada;
  await page.goto("/");
  await page.waitForURL("**/register");
  await fillRegistration(page, "ada");
  await page.getByLabel("Email").fill("ada");
  await page.locator('button[type="submit"]').click();
  await page.getByText(/Must be an email/).waitFor();
  expect(await page.getByLabel("Username").inputValue()).toBe("ada");
  await page.getByLabel("Email").fill("ada@example.org");
  await page.locator('button[type="submit"]').click();
  await page.waitForURL("**/chat");
  const { room } = await ask<{ room: Room }>(ada, "POST", "/api/rooms", { name: "general" });
  roomPath = `/chat/${room.id}`;
}, 30_000);

test("who is not signed in comes back to where they wanted to go", async () => {
  const { page, context } = await arrive(browser, server.url);
  await page.goto(roomPath);
  await page.waitForURL("**/login?next=*");
  await page.getByLabel("Email or username").fill("ada");
  await page.getByLabel("Password", { exact: true }).fill("not the password");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").filter({ hasText: /\w/ }).first().waitFor();
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(`**${roomPath}`);
  await composer(page).waitFor();
  await page.getByRole("button", { name: /Your menu/ }).click();
  await page.getByRole("menuitem", { name: "Log out" }).click();
  await page.waitForURL("**/login**");
  await page.goto("/chat");
  await page.waitForURL("**/login**");
  await context.close();
}, 30_000);

test("from the keyboard alone: another room, a message, its correction", async () => {
  const { page } = ada;
  await page.goto("/chat");
  await page.getByRole("button", { name: /Your menu/ }).waitFor();
  const box = page.getByRole("combobox", { name: "Jump to a room or person" });
  // The page is drawn before it listens: whoever is that quick presses again.
  await waitFor(
    async () => {
      if (!(await box.isVisible())) await page.keyboard.press("Control+k");
      return box.isVisible();
    },
    { what: "the quick switcher" },
  );
  await page.keyboard.type("general");
  await page.keyboard.press("Enter");
  await page.waitForURL(`**${roomPath}`);
  await composer(page).waitFor();
  await page.keyboard.type("recieved");
  await page.keyboard.press("Enter");
  await row(page, "recieved").waitFor();
  await page.locator("article[data-message-id]", { hasText: "recieved" }).waitFor();
  await page.keyboard.press("ArrowUp");
  await page.getByLabel("Edit message").waitFor();
  await page.keyboard.press("Control+a");
  await page.keyboard.type("received");
  await page.keyboard.press("Enter");
  await row(page, "received").getByText("edited").waitFor();
}, 30_000);

test("no screen has an accessibility violation, in either theme, wide or narrow; none complains in the console", async () => {
  for (const colorScheme of ["light", "dark"] as const) {
    const stranger = await arrive(browser, server.url, { colorScheme });
    for (const path of ["/login", "/register", "/nothing/here"]) {
      await stranger.page.goto(path);
      await stranger.page.locator("h1").first().waitFor();
      expect([path, colorScheme, await violations(stranger.page)]).toEqual([path, colorScheme, []]);
    }
    expect(stranger.problems.filter((problem) => !problem.includes("404"))).toEqual([]);
    await stranger.context.close();

    for (const viewport of [
      { width: 1280, height: 800 },
      { width: 390, height: 844 },
    ]) {
      const storageState = await ada.context.storageState();
      const member = await arrive(browser, server.url, {
        colorScheme,
        viewport,
        storageState,
        reducedMotion: "reduce",
      });
      for (const path of ["/chat", roomPath, `${roomPath}?panel=members`, `${roomPath}?panel=details`]) {
        await member.page.goto(path);
        await (path === "/chat" ? member.page.locator("h1").first() : composer(member.page)).waitFor({
          state: "attached",
        });
        expect([path, colorScheme, await violations(member.page)]).toEqual([path, colorScheme, []]);
      }
      expect(member.problems).toEqual([]);
      await member.context.close();
    }
  }
}, 90_000);

test("on a phone the rooms are in a drawer that a room closes", async () => {
  const storageState = await ada.context.storageState();
  const { page, context } = await arrive(browser, server.url, { viewport: { width: 390, height: 844 }, storageState });
  await page.goto(roomPath);
  await composer(page).waitFor();
  await page.getByRole("button", { name: /Rooms and people/ }).click();
  const link = page.getByRole("link", { name: /general/ });
  await link.click();
  await page.waitForFunction(() => document.documentElement.scrollWidth <= innerWidth);
  await say(page, "from the tram");
  await row(page, "from the tram").waitFor();
  await context.close();
}, 30_000);

test("the first view of a room loads little, and no schema library", async () => {
  const visitor = await arrive(browser, server.url);
  await signUp(visitor, "cleo");
  const scripts = new Set<string>();
  visitor.page.on("request", (request) => {
    if (request.resourceType() === "script") scripts.add(request.url());
  });
  await visitor.page.goto("/chat");
  await visitor.page.getByRole("button", { name: "Join general" }).waitFor();
  await visitor.page.getByRole("button", { name: "Join general" }).click();
  await composer(visitor.page).waitFor();
  scripts.clear();
  await visitor.page.reload();
  await composer(visitor.page).waitFor();
  const weights = await Promise.all(
    [...scripts].map(async (url) => gzipSync(await (await visitor.context.request.get(url)).body()).length / 1_000),
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  expect(weights.length).toBeGreaterThan(0);
  expect(total).toBeLessThanOrEqual(FIRST_LOAD_KB);

  const folder = join(root, ".next-test", "static", "chunks");
  const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".js"));
  expect(files.length).toBeGreaterThan(0);
  for (const name of files) {
    const code = await readFile(join(folder, name), "utf8");
    expect([name, code.includes("ZodError")]).toEqual([name, false]);
  }
  await visitor.context.close();
}, 30_000);
