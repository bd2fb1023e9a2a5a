import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import AxeBuilder from "@axe-core/playwright";
import { type Browser, type BrowserContext, chromium } from "playwright-core";
import { openDemo, password } from "./screenshot-demo";
import { conversations, type Shot, type Size, sizes, strangers } from "./screenshot-shots";
import { findProgram } from "./system-packages.mjs";

/**
 * `npm run screenshots -- FOLDER [part of a name]`: servers of its own, one empty and one with the demo of
 * `npm run seed`; every screen in light and dark, wide and narrow, and what axe finds on each. Ends with 1 when it
 * finds anything. Needs a build, Chromium, and a colour emoji font for the reactions.
 */

const root = resolve(import.meta.dirname, "..");
const folder = resolve(process.argv[2] ?? "screenshots");
const only = process.argv[3] ?? "";

const themes = ["light", "dark"] as const;
let findings = 0;

async function startServer(dataDirectory: string) {
  const child = spawn(process.execPath, [join(root, "dist", "server", "index.mjs")], {
    cwd: root,
    env: { ...process.env, NODE_ENV: "production", PORT: "0", DATA_DIR: dataDirectory, RATE_LIMIT_FACTOR: "1000" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const url = await new Promise<string>((ready, failed) => {
    let output = "";
    child.once("close", () => failed(new Error(`The server ended before it was ready:\n${output}`)));
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      const found = /Parley is ready: (\S+)/.exec(output)?.[1];
      if (found) ready(found);
    });
  });
  const stop = () =>
    new Promise((ended) => {
      child.once("close", ended);
      child.kill("SIGTERM");
    });
  return { url, stop };
}

/** A zone of fixed offset in which it is this hour now. */
function zoneAt(hour: number): string {
  const behind = (((new Date().getUTCHours() - hour) % 24) + 24) % 24;
  return behind <= 12 ? `Etc/GMT+${behind}` : `Etc/GMT-${24 - behind}`;
}

async function take(browser: Browser, url: string, shots: Shot[], signedIn: boolean): Promise<void> {
  for (const size of Object.keys(sizes) as Size[]) {
    for (const theme of themes) {
      const context = await browser.newContext({
        viewport: sizes[size],
        colorScheme: theme,
        reducedMotion: "reduce",
        // It is always mid-morning on the pictures.
        timezoneId: zoneAt(11),
        baseURL: url,
        locale: "en-GB",
        hasTouch: size === "narrow",
      });
      context.setDefaultTimeout(8_000);
      if (signedIn) await signIn(context);
      for (const shot of shots) {
        if ((shot.sizes && !shot.sizes.includes(size)) || !shot.name.includes(only)) continue;
        await takeOne(context, shot, `${shot.name}-${size}-${theme}`);
      }
      await context.close();
    }
  }
}

async function signIn(context: BrowserContext): Promise<void> {
  const page = await context.newPage();
  await page.goto("/login");
  await page.getByLabel("Email or username").fill("ada");
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL("**/chat**");
  await page.close();
}

async function takeOne(context: BrowserContext, shot: Shot, name: string): Promise<void> {
  const page = await context.newPage();
  page.on("console", (message) => {
    if (message.type() === "error") console.log(`  ${name}: the page says: ${message.text()}`);
  });
  page.on("pageerror", (error) => console.log(`  ${name}: the page threw: ${error.message}`));
  try {
    await shot.before?.(page);
    await page.goto(shot.path);
    await page.waitForLoadState("networkidle").catch(() => undefined);
    await page.waitForTimeout(300);
    await shot.prepare?.(page);
    await page.waitForTimeout(300);
    await page.screenshot({ path: join(folder, `${name}.png`) });
    const { violations } = await new AxeBuilder({ page }).analyze();
    findings += violations.length;
    console.log(`${violations.length === 0 ? "ok" : "AXE"}  ${name}`);
    for (const { id, nodes } of violations) {
      for (const node of nodes.slice(0, 4))
        console.log(`    ${id}: ${node.target.join(" ")}\n      ${node.failureSummary}`);
    }
  } catch (error) {
    findings += 1;
    console.log(`FAILED  ${name}: ${error instanceof Error ? error.message.split("\n").slice(0, 4).join(" ") : error}`);
  }
  await page.close();
}

async function withServer(prepare: (dataDirectory: string) => Promise<unknown>, use: (url: string) => Promise<void>) {
  const dataDirectory = await mkdtemp(join(tmpdir(), "parley-screenshots-"));
  await prepare(dataDirectory);
  const server = await startServer(dataDirectory);
  await use(server.url).finally(() => server.stop());
  await rm(dataDirectory, { recursive: true, force: true });
}

async function seed(dataDirectory: string): Promise<void> {
  const child = spawn("npm", ["run", "seed"], {
    cwd: root,
    env: { ...process.env, DATA_DIR: dataDirectory },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const code = await new Promise((ended) => child.once("close", ended));
  if (code !== 0) throw new Error(`The demo could not be made: ${code}`);
}

await mkdir(folder, { recursive: true });
const executablePath = findProgram(["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]);
if (!executablePath) throw new Error("No Chromium is installed.");
const quiet = ["gpu", "quic", "background-networking", "component-update", "sync"].map((part) => `--disable-${part}`);
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--no-first-run", ...quiet] });
try {
  await withServer(
    async () => undefined,
    async (url) => {
      await take(browser, url, strangers(true), false);
      const account = { username: "ada", name: "Ada Lindqvist", email: "ada@example.org", password };
      await fetch(`${url}/api/auth/register`, {
        method: "POST",
        headers: { "content-type": "application/json", "x-client": "api" },
        body: JSON.stringify(account),
      });
      await take(browser, url, [{ name: "empty-server", path: "/chat" }], true);
    },
  );
  await withServer(seed, async (url) => {
    const demo = await openDemo(url);
    await take(browser, url, strangers(false), false);
    await take(browser, url, conversations(demo), true);
    demo.close();
  });
} finally {
  await browser.close();
}
console.log(`${folder}: ${findings === 0 ? "axe found nothing" : `${findings} findings`}`);
process.exitCode = findings === 0 ? 0 : 1;
