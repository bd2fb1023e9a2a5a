import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { waitFor } from "../harness/wait-for";

export const password = "a quiet harbour at dawn";

export interface Visitor {
  context: BrowserContext;
  page: Page;
  /** What the pages complained of: errors in the console (violations of the content security policy among them) and exceptions. */
  problems: string[];
}

/** Somebody with a browser profile of their own, who has no account yet. */
export async function arrive(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Visitor> {
  const context = await browser.newContext({ baseURL: url, viewport: { width: 1280, height: 800 }, ...options });
  context.setDefaultTimeout(10_000);
  const problems: string[] = [];
  context.on("page", (page) => {
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") problems.push(`${page.url()}: ${message.text()}`);
    });
  });
  const page = await context.newPage();
  await page.goto("/health");
  return { context, page, problems };
}

/** An account without the detour over the form; the profile is signed in then. */
export async function signUp({ context }: Visitor, username: string): Promise<string> {
  const data = { username, name: username, email: `${username}@example.org`, password };
  const response = await context.request.post("/api/auth/register", { data });
  if (!response.ok()) throw new Error(`${response.status()}: ${await response.text()}`);
  return (await response.json()).user.id;
}

/** A request of the signed-in page. A cookie counts only together with the page's own origin. */
export async function ask<T>(
  { context, page }: Visitor,
  method: "POST" | "PATCH",
  path: string,
  data: object,
): Promise<T> {
  const { origin } = new URL(page.url());
  const response = await context.request.fetch(path, { method, data, headers: { origin } });
  if (!response.ok()) throw new Error(`${method} ${path}: ${response.status()} ${await response.text()}`);
  return response.json();
}

export async function fillRegistration(page: Page, username: string): Promise<void> {
  await page.getByLabel("Your name").fill(username);
  await page.getByLabel("Username").fill(username);
  await page.getByLabel("Email").fill(`${username}@example.org`);
  await page.getByLabel("Password", { exact: true }).fill(password);
}

export const composer = (page: Page) => page.locator('textarea[aria-label^="Message "]');
export const row = (page: Page, text: string) =>
  page.locator("article", { has: page.locator(".prose", { hasText: text }) });

export async function say(page: Page, text: string): Promise<void> {
  await composer(page).fill(text);
  await composer(page).press("Enter");
}

/** The texts of this form that are on the page, in order, whatever their state. */
export async function shown(page: Page, form: RegExp): Promise<string[]> {
  const texts = await page.locator("article .prose").allTextContents();
  return texts.filter((text) => form.test(text));
}

export async function untilShown(page: Page, form: RegExp, expected: string[], timeout = 15_000): Promise<void> {
  const wanted = JSON.stringify(expected);
  await waitFor(
    async () => {
      const texts = JSON.stringify(await shown(page, form));
      if (texts !== wanted) throw new Error(`${texts} instead of ${wanted}`);
      return true;
    },
    { timeout, what: `${expected.length} messages in order` },
  );
}

/** Opens the actions of a message and takes one. */
export async function choose(page: Page, text: string, action: string): Promise<void> {
  await row(page, text).last().hover();
  await row(page, text).last().getByRole("button", { name: "More actions" }).click();
  await page.getByRole("menuitem", { name: action }).click();
}
