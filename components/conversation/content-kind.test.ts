import { isJumbo, needsMarkdown } from "./content-kind";

test.each([
  "Good morning!",
  "Lunch at 12:30? (the usual place)",
  "See you there - I'll bring cake.\n\nAnd coffee.",
  "@ada can you look at this?",
  "1.5 hours, 50% done & counting",
])("%j needs no markdown", (content) => {
  expect(needsMarkdown(content)).toBe(false);
});

test.each([
  "**bold**",
  "snake_case",
  "`code`",
  "- item",
  "1. first",
  "> quote",
  "# Title",
  "see https://example.org",
  "www.example.org",
  "mail me@example.org",
  "a | b\n--|--",
  "line\n---",
  "    indented",
  "&amp;",
  "<b>",
])("%j needs markdown", (content) => {
  expect(needsMarkdown(content)).toBe(true);
});

test("only a few emoji alone are shown large", () => {
  for (const content of ["🎉", "👩‍🚀 🚀", "👍🏽", "🇸🇪❤️", "1️⃣"]) expect(isJumbo(content)).toBe(true);
  for (const content of ["🎉 yes", "1", "", "🎉🎉🎉🎉🎉🎉🎉", "#"]) expect(isJumbo(content)).toBe(false);
});
