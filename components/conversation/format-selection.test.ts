import { linkSelection, toggleMark } from "./format-selection";

test("a mark goes around the selection, and away again", () => {
  const marked = toggleMark({ text: "so good", start: 3, end: 7 }, "**");
  expect(marked).toEqual({ text: "so **good**", start: 5, end: 9 });
  expect(toggleMark(marked, "**")).toEqual({ text: "so good", start: 3, end: 7 });
});

test("an address on selected words becomes a link, anything else is pasted as it is", () => {
  const selected = { text: "see the docs", start: 4, end: 12 };
  expect(linkSelection(selected, " https://example.org/a ")).toEqual({
    text: "see [the docs](https://example.org/a)",
    start: 37,
    end: 37,
  });
  expect(linkSelection(selected, "not an address")).toBeNull();
  expect(linkSelection(selected, "javascript:alert(1)")).toBeNull();
  expect(linkSelection({ ...selected, end: 4 }, "https://example.org")).toBeNull();
});
