import { HUES, hueOf, initialsOf } from "./identity";

test("initials come from the first and last word", () => {
  expect(initialsOf("Ada Lovelace")).toBe("AL");
  expect(initialsOf("ada augusta king")).toBe("AK");
  expect(initialsOf("  Prince ")).toBe("P");
  expect(initialsOf("(Émile) O’Neil")).toBe("ÉO");
});

test("a name without letters keeps its first sign, an empty one a question mark", () => {
  expect(initialsOf("👩‍🚀 🚀")).toBe("👩‍🚀🚀");
  expect(initialsOf(" ")).toBe("?");
});

test("a colour is stable and within range, and ids spread over all of them", () => {
  const seen = new Set(Array.from({ length: 200 }, (_, index) => hueOf(`user${index}`)));
  expect(hueOf("cku1")).toBe(hueOf("cku1"));
  expect([...seen].sort((a, b) => a - b)).toEqual(Array.from({ length: HUES }, (_, index) => index));
});
