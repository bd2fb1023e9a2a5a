import fc from "fast-check";
import { excerptOf } from "./search-excerpt";
import { parseSearch } from "./search-query";

const marked = (content: string, q: string) =>
  excerptOf(content, parseSearch(q).terms)
    .map(({ text, match }) => (match ? `[${text}]` : text))
    .join("");

test.each([
  ["Tea is ready", "tea", "[Tea] is ready"],
  ["Steam and teapots", "tea", "Steam and [teapots]"],
  ["Steam and teapots", '"tea"', "Steam and teapots"],
  ["the café was crème", "cafe CREME", "the [café] was [crème]"],
  ["Straße und Søren", "strasse soren", "[Straße] und [Søren]"],
  ["東京タワーへ", "タワー", "東京[タワー]へ"],
  ["<b>bold</b> words", '"bold words"', "<b>[bold]</b> [words]"],
  ["nothing here", "from:ada", "nothing here"],
])("in %p, %p is %p", (content, q, expected) => expect(marked(content, q)).toBe(expected));

test("of a long message the stretch around the find is shown", () => {
  const content = `${"lorem ipsum ".repeat(100)}needle ${"dolor sit ".repeat(100)}`;
  const parts = excerptOf(content, parseSearch("needle").terms);
  expect(parts[0]).toEqual({ text: "…" });
  expect(parts.at(-1)).toEqual({ text: "…" });
  expect(parts.filter(({ match }) => match)).toEqual([{ text: "needle", match: true }]);
  expect(parts.map(({ text }) => text).join("").length).toBeLessThan(260);
});

test("whatever is looked for in whatever text, the parts are that text, in whole characters", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme", maxLength: 400 }),
      fc.string({ unit: "grapheme", maxLength: 6 }),
      (content, word) => {
        const parts = excerptOf(content, [{ text: word, kind: "beginning" }]);
        const text = parts.map((part) => part.text).join("");
        expect(text.isWellFormed()).toBe(true);
        if (content.length <= 240) expect(text).toBe(content);
        else expect(content).toContain(text.replace(/^…/, "").replace(/…$/, ""));
      },
    ),
  );
});
