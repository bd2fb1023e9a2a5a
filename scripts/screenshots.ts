import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import AxeBuilder from "@axe-core/playwright";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { type Demo, openDemo, password } from "./screenshot-demo";
import { findProgram } from "./system-packages.mjs";

/**
 * `npm run screenshots -- FOLDER [part of a name]`: servers of its own, one empty and one with the demo of
 * `npm run seed`; every screen in light and dark, wide and narrow, and what axe finds on each. Ends with 1 when it
 * finds anything. Needs a build, Chromium, and a colour emoji font for the reactions.
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
  prepare?: (page: Page) => Promise<unknown>;
  /** Before the page is opened. */
  before?: (page: Page) => Promise<unknown>;
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

const press = (page: Page, name: string | RegExp) => page.getByRole("button", { name }).first().click();
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

/** Pages whose connection has been taken away, and what it consisted of. */
const away = new Set<Page>();
const sockets = new Map<Page, { close: () => Promise<void> }[]>();

function conversations({ rooms, type, unread }: Demo): Shot[] {
  const engineering = `/chat/${rooms.engineering}`;
  const wide: Size[] = ["wide"];
  const lastRow = (page: Page) => page.locator("article[data-message-id]").last();
  const tools = async (page: Page) => {
    await lastRow(page).hover();
    await page.getByRole("toolbar").waitFor();
  };
  const viaSwitcher = async (page: Page, typed: string, name: string) => {
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: "Jump to" }).fill(typed);
    await page.getByRole("option", { name }).first().click();
    await page.getByRole("dialog").waitFor();
  };
  return [
    {
      name: "room",
      path: `/chat/${rooms.general}`,
      before: unread,
      prepare: async (page) => {
        await type();
        await page
          .getByText(/typing…/)
          .first()
          .waitFor();
      },
    },
    { name: "room-code", path: engineering },
    { name: "start", path: "/chat" },
    { name: "dm", path: `/chat/${rooms.dm}` },
    { name: "empty-room", path: `/chat/${rooms.empty}` },
    { name: "members", path: `${engineering}?panel=members` },
    { name: "details", path: `${engineering}?panel=details` },
    { name: "unknown-room", path: "/chat/nowhere" },
    { name: "drawer", path: engineering, sizes: ["narrow"], prepare: (page) => press(page, /Rooms and people/) },
    { name: "message-tools", path: engineering, sizes: wide, prepare: tools },
    {
      name: "message-menu",
      path: engineering,
      sizes: wide,
      prepare: async (page) => {
        await tools(page);
        await press(page, "More actions");
        await page.getByRole("menu").waitFor();
      },
    },
    {
      name: "message-sheet",
      path: engineering,
      sizes: ["narrow"],
      prepare: async (page) => {
        await lastRow(page).dispatchEvent("pointerdown", { pointerType: "touch", clientX: 100, clientY: 600 });
        await page.getByRole("dialog").waitFor();
      },
    },
    {
      name: "delete",
      path: engineering,
      sizes: wide,
      prepare: async (page) => {
        await tools(page);
        await press(page, "More actions");
        await page.getByRole("menuitem", { name: "Delete" }).click();
        await page.getByRole("dialog").waitFor();
      },
    },
    {
      name: "reply",
      path: engineering,
      sizes: wide,
      prepare: async (page) => {
        await tools(page);
        await page.getByRole("button", { name: "Reply", exact: true }).click();
        await page.getByRole("textbox", { name: /Message #engineering/ }).fill("Thanks @p");
        await page.getByRole("listbox").waitFor();
      },
    },
    {
      name: "emoji",
      path: engineering,
      prepare: async (page) => {
        await page.getByRole("button", { name: "Emoji", exact: true }).click();
        await page.locator("em-emoji-picker").waitFor();
        await page.waitForTimeout(800);
      },
    },
    {
      name: "person",
      path: `/chat/${rooms.dm}`,
      sizes: wide,
      prepare: async (page) => {
        await page.locator("article button.font-semibold").last().click();
        await page.getByRole("dialog").waitFor();
      },
    },
    {
      name: "switcher",
      path: engineering,
      prepare: async (page) => {
        await page.keyboard.press("Control+k");
        await page.getByRole("combobox", { name: "Jump to" }).fill("e");
      },
    },
    {
      name: "create-room",
      path: engineering,
      prepare: async (page) => {
        await viaSwitcher(page, "create", "Create a room");
        await page.getByLabel("Name").fill("winter-timetable");
      },
    },
    {
      name: "browse-rooms",
      path: engineering,
      prepare: async (page) => {
        await viaSwitcher(page, "browse", "Browse rooms");
        await page.getByText("Public rooms").waitFor();
      },
    },
    {
      name: "new-direct",
      path: engineering,
      prepare: async (page) => {
        await viaSwitcher(page, "message", "Message someone");
        await page.getByRole("option").nth(3).click();
        await page.getByRole("option").nth(5).click();
      },
    },
    { name: "own-menu", path: engineering, sizes: wide, prepare: (page) => press(page, /Your menu/) },
    { name: "room-menu", path: engineering, sizes: wide, prepare: (page) => press(page, "Room menu") },
    { name: "shortcuts", path: engineering, sizes: wide, prepare: (page) => page.keyboard.press("Control+/") },
    {
      name: "offline",
      path: `/chat/${rooms.empty}`,
      before: async (page) => {
        await page.routeWebSocket(/socket\.io/, (socket) => {
          if (away.has(page)) void socket.close();
          else sockets.set(page, [...(sockets.get(page) ?? []), socket.connectToServer(), socket]);
        });
      },
      prepare: async (page) => {
        away.add(page);
        await page.route(/socket\.io/, (route) => route.abort());
        for (const socket of sockets.get(page) ?? []) await socket.close();
        await page.getByRole("textbox", { name: /Message #/ }).fill("On the train, back in ten minutes");
        await page.keyboard.press("Enter");
        await page.getByText(/waiting/).waitFor();
      },
    },
  ];
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
