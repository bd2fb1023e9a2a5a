import type { z } from "zod";
import { MAX_CONTENT, MAX_DISPLAY_NAME, MAX_PASSWORD } from "./limits";
import { clientId, content, displayName, emoji, isBlank, limit, password, roomName, username } from "./primitives";

const accepts = (schema: z.ZodType, value: unknown) => schema.safeParse(value).success;

describe("content", () => {
  test("counts code points: 4,000 emoji fit, one more does not", () => {
    expect(accepts(content, "😀".repeat(MAX_CONTENT))).toBe(true);
    expect(accepts(content, "😀".repeat(MAX_CONTENT + 1))).toBe(false);
    expect(accepts(content, "x".repeat(MAX_CONTENT + 1))).toBe(false);
  });
  test("is stored composed, and refuses what is not text", () => {
    expect(content.parse("e\u0301")).toBe("\u00e9");
    expect(accepts(content, "a\0b")).toBe(false);
    expect(accepts(content, "lone \ud800")).toBe(false);
  });
});

test.each(["", "   ", "\u200b\u200d", "\u2800\u3164\n", "\ufeff"])("%j says nothing", (text) => {
  expect(isBlank(text)).toBe(true);
});
test.each(["a", "👍", " . "])("%j says something", (text) => {
  expect(isBlank(text)).toBe(false);
});

test.each(["👍", "❤️", "👩‍👩‍👧‍👦", "🇫🇷", "1️⃣", "👍🏽", "©️"])("%s is one emoji", (text) => {
  expect(accepts(emoji, text)).toBe(true);
});
test.each(["", "a", "👍👍", "👍x", "<b>", ":+1:", "1", "\u200d"])("%j is not one emoji", (text) => {
  expect(accepts(emoji, text)).toBe(false);
});

test.each([
  ["Ada", "ada"],
  ["ａｄａ", "ada"],
  ["a.b-c_d", "a.b-c_d"],
])("username %s is kept as %s", (typed, kept) => {
  expect(username.parse(typed)).toBe(kept);
});
test.each(["ab", "-ada", "ada.", "аda", "a b c", "x".repeat(33), "ada\n"])("username %j is refused", (typed) => {
  expect(accepts(username, typed)).toBe(false);
});

test("a password is 8 to 128 characters, composed but never trimmed", () => {
  expect(password.parse("  spaced  ")).toBe("  spaced  ");
  expect(accepts(password, "1234567")).toBe(false);
  expect(accepts(password, "😀".repeat(MAX_PASSWORD))).toBe(true);
  expect(accepts(password, "x".repeat(MAX_PASSWORD + 1))).toBe(false);
});

test("a display name counts what people see, is one line and cannot turn text around", () => {
  expect(accepts(displayName, "👩‍👩‍👧‍👦".repeat(MAX_DISPLAY_NAME))).toBe(true);
  expect(accepts(displayName, "x".repeat(MAX_DISPLAY_NAME + 1))).toBe(false);
  expect(accepts(displayName, "ada\u202e")).toBe(false);
  expect(accepts(displayName, "two\nlines")).toBe(false);
  expect(displayName.parse("  Ada  ")).toBe("Ada");
});

test("a room needs a name that can be seen", () => {
  expect(accepts(roomName, "\u200b")).toBe(false);
  expect(accepts(roomName, "Général")).toBe(true);
});

test.each(["1", "50", "100"])("limit %s is a page", (text) => {
  expect(limit.parse(text)).toBe(Number(text));
});
test.each(["0", "101", "-1", "1e6", "1.5", "", " 5", "999"])("limit %j is refused", (text) => {
  expect(accepts(limit, text)).toBe(false);
});
test("limit is 50 when left out", () => {
  expect(limit.parse(undefined)).toBe(50);
});

test.each(["short", "x".repeat(65), "with space", "ümlaut-id"])("clientId %j is refused", (text) => {
  expect(accepts(clientId, text)).toBe(false);
});
