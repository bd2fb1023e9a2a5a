import { suggestUsername } from "./suggest-username";

test.each([
  ["Ada Lovelace", "ada.lovelace"],
  ["José  Núñez-García", "jose.nunez.garcia"],
  ["  Jo", ""],
  ["李小龍", ""],
  [`${"x".repeat(31)} y`, "x".repeat(31)],
])("%j → %j", (name, username) => {
  expect(suggestUsername(name)).toBe(username);
});
