import { passwordStrength } from "./password-strength";

test("says how much is missing until the least length is reached", () => {
  expect(passwordStrength("")).toEqual({ level: 0, label: "" });
  expect(passwordStrength("abc")).toEqual({ level: 1, label: "5 more characters" });
  expect(passwordStrength("Tr0ub4d")).toEqual({ level: 1, label: "1 more character" });
});

test("repeats, steps and what is known of the person count for nothing", () => {
  expect(passwordStrength("aaaaaaaaaaaa").level).toBe(1);
  expect(passwordStrength("1234567890").level).toBe(1);
  expect(passwordStrength("ada.lovelace", ["ada.lovelace"]).level).toBe(1);
});

test("grows with length and variety", () => {
  const levels = ["sunflower", "sunflower 42", "Kx7#mPq2vL9z"].map((password) => passwordStrength(password).level);
  expect(levels).toEqual([2, 3, 4]);
});
