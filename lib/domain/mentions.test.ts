import { MAX_MENTIONS } from "@/lib/protocol/limits";
import { mentionedNames } from "./mentions";

test.each([
  ["hello @ada", ["ada"]],
  ["@Ada, @ben-k. and (@c.d_e)", ["ada", "ben-k", "c.d_e"]],
  ["@ada @ada @ADA", ["ada"]],
  ["mail me at ada@example.org or see x/@ada", []],
  ["`@ada` and\n```\n@ben\n```\n@cleo", ["cleo"]],
  ["an open fence ```\n@ada", []],
  ["@a @ab", []],
  ["no names", []],
])("%j names %j", (content, names) => {
  expect(mentionedNames(content)).toEqual(names);
});

test("names beyond the fiftieth stay plain text", () => {
  const content = Array.from({ length: MAX_MENTIONS + 10 }, (_, index) => `@user${index}`).join(" ");
  expect(mentionedNames(content)).toHaveLength(MAX_MENTIONS);
});
