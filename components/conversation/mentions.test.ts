import { mentionedIn, splitMentions } from "./mentions";

const user = (id: string, username: string) => [id, { id, username, name: username, avatar: null }] as const;
const users = new Map([user("u1", "ada"), user("u2", "ben.k")]);

test("splits at the people that the message mentions, and no others", () => {
  const mentioned = mentionedIn(["u1", "u2"], users);
  expect(splitMentions("Hi @Ada, ask @ben.k. Not @zoe or mail@ada.org", mentioned)).toEqual([
    "Hi ",
    { username: "Ada", userId: "u1" },
    ", ask ",
    { username: "ben.k", userId: "u2" },
    ". Not @zoe or mail@ada.org",
  ]);
});

test("without mentions a name is plain text", () => {
  expect(splitMentions("@ada", mentionedIn([], users))).toEqual(["@ada"]);
});

test("a mentioned person who is not known here yet is shown as mentioned", () => {
  expect(splitMentions("@zoe", mentionedIn(["u9"], users))).toEqual([{ username: "zoe", userId: null }]);
});
