import type { Page } from "playwright-core";
import type { Demo } from "./screenshot-demo";

/** Which screens are taken, and how each is reached. */

export const sizes = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } };
export type Size = keyof typeof sizes;

export interface Shot {
  name: string;
  path: string;
  /** What to wait for or press before the picture is taken. */
  prepare?: (page: Page) => Promise<unknown>;
  /** Before the page is opened. */
  before?: (page: Page) => Promise<unknown>;
  sizes?: Size[];
}

const press = (page: Page, name: string | RegExp) => page.getByRole("button", { name }).first().click();
export const strangers = (empty: boolean): Shot[] => [
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

export function conversations({ rooms, type, unread }: Demo): Shot[] {
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
