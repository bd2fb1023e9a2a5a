import { parseSearch, tsquery } from "./search-query";

const nothing = { terms: [], from: [], in: [], has: [], before: undefined, after: undefined };

test("words, exact words and operators are told apart", () => {
  expect(parseSearch('from:@Ada in:#general has:image before:2026-01-01 "exact words" tea lea')).toEqual({
    terms: [
      { text: "exact words", kind: "phrase" },
      { text: "tea", kind: "word" },
      { text: "lea", kind: "beginning" },
    ],
    from: ["ada"],
    in: ["general"],
    has: ["image"],
    before: new Date("2026-01-01T00:00:00.000Z"),
    after: undefined,
  });
});

test("values of operators may stand in quotes, and a quote that is never closed ends with the text", () => {
  expect(parseSearch('in:"Big room" "still typing')).toEqual({
    ...nothing,
    in: ["Big room"],
    terms: [{ text: "still typing", kind: "phrase" }],
  });
});

test("what only looks like an operator is a word", () => {
  expect(parseSearch("from: note:this https://a.example").terms.map(({ text }) => text)).toEqual([
    "from:",
    "note:this",
    "https://a.example",
  ]);
});

test("the narrowest of several times counts", () => {
  const { before, after } = parseSearch(
    "before:2026-03-01 before:2026-02-01 after:2026-01-01 after:2026-01-02T10:00:00Z",
  );
  expect([before?.toISOString(), after?.toISOString()]).toEqual([
    "2026-02-01T00:00:00.000Z",
    "2026-01-02T10:00:00.000Z",
  ]);
});

test("one or two letters are a whole word, one character of Chinese may begin one", () => {
  expect(parseSearch("of").terms).toEqual([{ text: "of", kind: "word" }]);
  expect(parseSearch("茶").terms).toEqual([{ text: "茶", kind: "beginning" }]);
});

test.each([
  "has:everything",
  "before:tomorrow",
  "after:2026-99-99",
  Array.from({ length: 21 }, (_, n) => `w${n}`).join(" "),
])("%s is invalid", (q) => expect(() => parseSearch(q)).toThrow(expect.objectContaining({ code: "invalid" })));

test("nothing that is typed is an operator of PostgreSQL's", () => {
  expect(tsquery(parseSearch(`it's a\\b !x | (y) & z:* <->`).terms)).toBe(
    `'it''s' & 'a\\\\b' & '!x' & '|' & '(y)' & '&' & 'z:*' & '<->':*`,
  );
});
