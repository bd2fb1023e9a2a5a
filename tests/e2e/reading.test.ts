import type { Browser, Page, Route } from "playwright-core";
import { startBrowser } from "../harness/browser";
import { type Person, register } from "../harness/people";
import { type Replica, startReplica } from "../harness/replica";
import { newClientId } from "../harness/scene";
import { waitFor } from "../harness/wait-for";
import { arrive, ask, composer, row, signUp, type Visitor } from "./visitor";

const MESSAGES = 1_200;

let server: Replica;
let browser: Browser;
let ada: Visitor;
let ben: Person;
let roomId: string;
const ids: string[] = [];

async function send(from: number, count: number): Promise<void> {
  const connection = await ben.connect();
  for (let index = from; index < from + count; index += 10) {
    const some = Array.from({ length: Math.min(10, from + count - index) }, (_, offset) => {
      const lines = (index + offset) % 7 === 0 ? "\nwith\nmore lines" : "";
      const content = `text ${index + offset}${lines}`;
      return connection.emit("message:send", { roomId, clientId: newClientId(), content });
    });
    for (const { message } of await Promise.all(some)) ids[message.seq - 1] = message.id;
  }
  connection.close();
}

const rows = (page: Page) => page.locator("[data-message-id]");
const offset = async (page: Page, id: string) =>
  (await page.locator(`[data-message-id="${id}"]`).boundingBox())?.y ?? Number.NaN;
/** The message in the middle of the view. */
const middle = (page: Page) =>
  page.evaluate(() =>
    document.elementFromPoint(700, 400)?.closest("[data-message-id]")?.getAttribute("data-message-id"),
  );

beforeAll(async () => {
  [server, browser] = await Promise.all([startReplica(), startBrowser()]);
  ada = await arrive(browser, server.url);
  const id = await signUp(ada, "ada");
  ben = await register(server.url, { username: "ben" });
  const created = await ben.api("post", "/api/rooms", { name: "long", memberIds: [id] }).expect(201);
  roomId = created.body.room.id;
  await send(0, MESSAGES);
  await ask(ada, "PATCH", `/api/rooms/${roomId}/me`, { lastReadSeq: MESSAGES - 20 });
}, 60_000);

test("opens at the first unread message, with the divider, and mounts few rows", async () => {
  await ada.page.goto(`/chat/${roomId}`);
  await ada.page.getByLabel("Messages").getByText("New", { exact: true }).waitFor();
  await row(ada.page, `text ${MESSAGES - 20}`)
    .first()
    .waitFor();
  expect(await rows(ada.page).count()).toBeLessThanOrEqual(100);
  await ada.page.getByLabel("Messages").press("End");
  await row(ada.page, `text ${MESSAGES - 1}`).waitFor();
  await ada.page.reload();
  await row(ada.page, `text ${MESSAGES - 1}`).waitFor();
});

test("older pages arrive without moving what is read", async () => {
  const { page } = ada;
  const list = page.getByLabel("Messages");
  const frames = () =>
    page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  const toEnd = () => list.evaluate((element) => element.scrollHeight - element.clientHeight - element.scrollTop);
  // Each page is held back until the reader's place has been measured.
  const asked: Route[] = [];
  const older = /\/api\/messages\?.*cursor=/;
  await page.route(older, (route) => void asked.push(route));
  await page.mouse.move(700, 400);
  for (let round = 0; round < 4; round += 1) {
    const height = await list.evaluate((element) => element.scrollHeight);
    const request = await waitFor(
      async () => {
        if (asked.length === 0) await page.mouse.wheel(0, -300);
        return asked.shift();
      },
      { what: "an older page to be asked for" },
    );
    await frames();
    const anchor = await waitFor(() => middle(page), { what: "a row in the middle" });
    const before = await offset(page, anchor);
    const below = await toEnd();
    await request.continue();
    await waitFor(async () => (await list.evaluate((element) => element.scrollHeight)) > height, {
      what: "the older page",
    });
    await frames();
    expect(Math.abs((await offset(page, anchor)) - before)).toBeLessThanOrEqual(1);
    expect(await rows(page).count()).toBeLessThanOrEqual(100);
    expect(Math.abs((await toEnd()) - below)).toBeLessThanOrEqual(1);
  }
  await page.unroute(older);
}, 60_000);

test("200 messages arrive while older ones are read: a pill says so, and nothing shifts", async () => {
  const anchor = await waitFor(() => middle(ada.page), { what: "a row in the middle" });
  const before = await offset(ada.page, anchor);
  await ada.page.evaluate(() => {
    const state: { shifts: string[] } = { shifts: [] };
    Object.assign(globalThis, { measured: state });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & { value: number; sources: { node?: Element }[] })[])
        state.shifts.push(`${entry.value} ${entry.sources.map(({ node }) => node?.outerHTML ?? node?.textContent)}`);
    }).observe({ type: "layout-shift", buffered: false });
  });
  await send(MESSAGES, 200);
  await ada.page.getByRole("button", { name: /200 new messages/ }).waitFor();
  expect(Math.abs((await offset(ada.page, anchor)) - before)).toBeLessThanOrEqual(1);
  const measured = () =>
    ada.page.evaluate(() => (globalThis as unknown as { measured: { shifts: string[] } }).measured.shifts);
  expect(await measured()).toEqual([]);
  await ada.page.getByRole("button", { name: /200 new messages/ }).click();
  await row(ada.page, `text ${MESSAGES + 199}`).waitFor();
  await send(MESSAGES + 200, 50);
  await row(ada.page, `text ${MESSAGES + 249}`).waitFor();
  expect(await measured()).toEqual([]);
}, 60_000);

test("a link to a message opens around it and stays there, also when very much was missed meanwhile", async () => {
  const { page } = ada;
  const target = page.locator(`[data-message-id="${ids[300]}"]`);
  const inView = () =>
    waitFor(
      async () => {
        const box = await target.boundingBox({ timeout: 1_000 });
        return box && box.y > 50 && box.y < 750;
      },
      { what: "the message in view" },
    );
  // On a slow device pages and measurements cross.
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Emulation.setCPUThrottlingRate", { rate: 4 });
  const newest = page.waitForResponse((answer) => /\/api\/messages\?.*cursor=/.test(answer.url()));
  await page.goto(`/chat/${roomId}?message=${ids[300]}`);
  await target.waitFor();
  await newest;
  await inView();
  await devtools.send("Emulation.setCPUThrottlingRate", { rate: 1 });

  await page.context().setOffline(true);
  await page.getByText("You’re offline.").waitFor();
  await send(MESSAGES + 250, 1_050);
  const again = page.waitForResponse((answer) => answer.url().includes("around="));
  await page.context().setOffline(false);
  await again;
  await inView();
  expect(await rows(page).count()).toBeLessThanOrEqual(100);

  await page.getByRole("button", { name: "Jump to newest" }).click();
  await row(page, `text ${MESSAGES + 1_299}`).waitFor();
  await composer(page).waitFor();
  expect(ada.problems.filter((problem) => !problem.includes("ERR_INTERNET_DISCONNECTED"))).toEqual([]);
}, 60_000);

test("a link to a message that is gone opens the room at its end, and says so", async () => {
  const { page } = ada;
  await page.goto(`/chat/${roomId}?message=gone`);
  await page.getByText("not found").waitFor();
  await row(page, `text ${MESSAGES + 1_299}`).waitFor();
  expect(new URL(page.url()).search).toBe("");
}, 30_000);
