import { type Browser, chromium } from "playwright-core";
import { findProgram } from "@/scripts/system-packages.mjs";
import { atEnd } from "./cleanup";

/** The system's Chromium, without a window. Give each person a context of their own: `browser.newContext()`. */
export async function startBrowser(): Promise<Browser> {
  const executablePath = findProgram(["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]);
  if (!executablePath) throw new Error("No Chromium is installed.");
  // Chromium refuses its sandbox to root; the pages it opens here are our own.
  const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  const browser = await chromium.launch({ executablePath, args });
  atEnd(() => browser.close());
  return browser;
}
