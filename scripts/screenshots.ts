import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import AxeBuilder from "@axe-core/playwright";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { password, registerOwner, type Story, tellStory } from "./screenshot-story";
import { findProgram } from "./system-packages.mjs";

/**
 * `npm run screenshots -- FOLDER [part of a name]`: a server of its own with a story in it, every screen in light and
 * dark, wide and narrow, and what axe finds on each. Ends with 1 when it finds anything. Needs a build.
 */

const root = resolve(import.meta.dirname, "..");
const folder = resolve(process.argv[2] ?? "screenshots");
const only = process.argv[3] ?? "";

const sizes = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } };
type Size = keyof typeof sizes;
const themes = ["light", "dark"] as const;
let findings = 0;

interface Shot {
  name: string;
  path: string;
  /** What to wait for or press before the picture is taken. */
  prepare?: (page: Page, size: Size) => Promise<unknown>;
  sizes?: Size[];
}

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

async function take(browser: Browser, url: string, shots: Shot[], signedIn: boolean): Promise<void> {
  for (const size of Object.keys(sizes) as Size[]) {
    for (const theme of themes) {
      const context = await browser.newContext({
        viewport: sizes[size],
        colorScheme: theme,
        reducedMotion: "reduce",
        baseURL: url,
        locale: "en-GB",
        hasTouch: size === "narrow",
      });
      if (signedIn) await signIn(context);
      for (const shot of shots) {
        if ((shot.sizes && !shot.sizes.includes(size)) || !shot.name.includes(only)) continue;
        await takeOne(context, shot, size, `${shot.name}-${size}-${theme}`);
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

async function takeOne(context: BrowserContext, shot: Shot, size: Size, name: string): Promise<void> {
  const page = await context.newPage();
  page.on("console", (message) => {
    if (message.type() === "error") console.log(`  ${name}: the page says: ${message.text()}`);
  });
  page.on("pageerror", (error) => console.log(`  ${name}: the page threw: ${error.message}`));
  try {
    await page.goto(shot.path);
    await page.waitForLoadState("networkidle").catch(() => undefined);
    await page.waitForTimeout(300);
    await shot.prepare?.(page, size);
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

const press = (page: Page, name: string | RegExp) => page.getByRole("button", { name }).first().click();
const hoverMessage = async (page: Page, text: string) => {
  const row = page.locator("article", { hasText: text }).last();
  await row.hover();
  return row;
};

const strangers = (empty: boolean): Shot[] => [
  { name: empty ? "register-first" : "register", path: "/register" },
  ...(empty
    ? []
    : [
        { name: "login", path: "/login?next=/chat" },
        {
          name: "register-refused",
          path: "/register",
          prepare: async (page: Page) => {
            await page.getByLabel("Your name").fill("Ada Lindqvist");
            await page.getByLabel("Username").fill("a!");
            await page.getByLabel("Email").fill("ada");
            await page.getByLabel("Password", { exact: true }).fill("sunflower");
            await press(page, /Create account/);
            await page.getByText(/Must be an email/).waitFor();
          },
        },
        { name: "not-found", path: "/nothing/here" },
      ]),
];

function conversations({ rooms, type }: Story): Shot[] {
  const general = `/chat/${rooms.general}`;
  const wide: Size[] = ["wide"];
  return [
    {
      name: "room",
      path: general,
      prepare: async (page) => {
        await type();
        await page.getByText(/are typing/).waitFor();
      },
    },
    { name: "start", path: "/chat" },
    { name: "dm", path: `/chat/${rooms.ben}` },
    { name: "empty-room", path: `/chat/${rooms.empty}` },
    { name: "members", path: `${general}?panel=members` },
    { name: "details", path: `${general}?panel=details` },
    { name: "unknown-room", path: "/chat/nowhere" },
    {
      name: "drawer",
      path: general,
      sizes: ["narrow"],
      prepare: (page) => press(page, /Rooms and people/),
    },
    {
      name: "message-menu",
      path: general,
      sizes: wide,
      prepare: async (page) => {
        await hoverMessage(page, "On my way.");
        await press(page, "More actions");
        await page.getByRole("menu").waitFor();
      },
    },
    {
      name: "message-tools",
      path: general,
      sizes: wide,
      prepare: (page) => hoverMessage(page, "Zero rows"),
    },
    {
      name: "delete",
      path: general,
      sizes: wide,
      prepare: async (page) => {
        await hoverMessage(page, "On my way.");
        await press(page, "More actions");
        await page.getByRole("menuitem", { name: "Delete" }).click();
        await page.getByRole("dialog").waitFor();
      },
    },
    {
      name: "reply",
      path: general,
      prepare: async (page, size) => {
        if (size === "wide") {
          await hoverMessage(page, "It does, since March");
          await press(page, "Reply");
        }
        await page.getByRole("combobox", { name: /Message #general/ }).fill("Thanks @ch");
        await page.getByRole("listbox").waitFor();
      },
    },
    {
      name: "emoji",
      path: general,
      prepare: async (page) => {
        await page.getByRole("button", { name: "Emoji", exact: true }).click();
        await page.locator("em-emoji-picker").waitFor();
        await page.waitForTimeout(1_000);
      },
    },
    {
      name: "person",
      path: general,
      sizes: wide,
      prepare: async (page) => {
        await page.getByRole("button", { name: "Grace Kim", exact: true }).last().click();
        await page.getByRole("dialog").waitFor();
      },
    },
    {
      name: "switcher",
      path: general,
      prepare: async (page) => {
        await page.keyboard.press("Control+k");
        await page.getByRole("dialog").waitFor();
        await page.keyboard.type("e");
      },
    },
    {
      name: "create-room",
      path: general,
      prepare: async (page) => {
        await page.keyboard.press("Control+k");
        await page.getByRole("option", { name: "Create a room" }).click();
        await page.getByLabel("Name").fill("winter-timetable");
      },
    },
    {
      name: "browse-rooms",
      path: general,
      prepare: async (page) => {
        await page.keyboard.press("Control+k");
        await page.getByRole("option", { name: "Browse rooms" }).click();
        await page.getByText("Public rooms").waitFor();
      },
    },
    {
      name: "new-direct",
      path: general,
      prepare: async (page) => {
        await page.keyboard.press("Control+k");
        await page.getByRole("option", { name: "Message someone" }).click();
        await page.getByRole("option", { name: "Kei Tanaka" }).click();
      },
    },
    { name: "own-menu", path: general, sizes: wide, prepare: (page) => press(page, /Your menu/) },
    { name: "room-menu", path: general, sizes: wide, prepare: (page) => press(page, "Room menu") },
    {
      name: "shortcuts",
      path: general,
      sizes: wide,
      prepare: (page) => page.keyboard.press("Control+/"),
    },
    {
      name: "offline",
      path: general,
      prepare: async (page) => {
        await page.context().setOffline(true);
        await page.getByRole("combobox", { name: /Message #general/ }).fill("Sent from the ferry, see you soon");
        await page.keyboard.press("Enter");
        await page.getByText(/waiting/).waitFor();
        await page.context().setOffline(false);
      },
    },
  ];
}

await mkdir(folder, { recursive: true });
const dataDirectory = await mkdtemp(join(tmpdir(), "parley-screenshots-"));
const server = await startServer(dataDirectory);
const executablePath = findProgram(["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]);
if (!executablePath) throw new Error("No Chromium is installed.");
const browser = await chromium.launch({
  executablePath,
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});
try {
  await take(browser, server.url, strangers(true), false);
  const owner = await registerOwner(server.url);
  await take(browser, server.url, [{ name: "empty-server", path: "/chat" }], true);
  const story = await tellStory(server.url, dataDirectory, owner);
  await take(browser, server.url, strangers(false), false);
  await take(browser, server.url, conversations(story), true);
  story.end();
} finally {
  await browser.close();
  await server.stop();
  await rm(dataDirectory, { recursive: true, force: true });
}
console.log(`${folder}: ${findings === 0 ? "axe found nothing" : `${findings} findings`}`);
process.exitCode = findings === 0 ? 0 : 1;
