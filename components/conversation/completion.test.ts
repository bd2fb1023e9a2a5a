import { complete, mentionAt, rankPeople } from "./completion";

const person = (username: string, name: string) => ({ id: username, username, name, avatar: null });
const people = [
  person("grace", "Grace Hopper"),
  person("ada", "Ada Lovelace"),
  person("madame", "Marie Curie"),
  person("hop", "Ben Adams"),
];

test("finds the mention at the caret, and only there", () => {
  expect(mentionAt("hello @Ad", 9)).toEqual({ start: 6, text: "ad" });
  expect(mentionAt("@", 1)).toEqual({ start: 0, text: "" });
  expect(mentionAt("(@ben", 5)).toEqual({ start: 1, text: "ben" });
  expect(mentionAt("hello @ada there", 16)).toBeNull();
  expect(mentionAt("mail me@example", 15)).toBeNull();
});

test("puts the name in place and leaves one space", () => {
  expect(complete("ask @ad please", 7, { start: 4, text: "ad" }, "ada")).toEqual({ text: "ask @ada please", caret: 9 });
  expect(complete("@", 1, { start: 0, text: "" }, "ada")).toEqual({ text: "@ada ", caret: 5 });
});

test("usernames come before names, beginnings before the rest", () => {
  expect(rankPeople(people, "ad").map(({ id }) => id)).toEqual(["ada", "hop", "madame"]);
  expect(rankPeople(people, "hop").map(({ id }) => id)).toEqual(["hop", "grace"]);
  expect(rankPeople(people, "").map(({ id }) => id)).toEqual(["grace", "ada", "madame", "hop"]);
  expect(rankPeople(people, "zz")).toEqual([]);
});
