import { safeNext, withNext } from "./safe-next";

test("a path of this server is kept with its query", () => {
  expect(safeNext("/chat/abc?message=def#end")).toBe("/chat/abc?message=def#end");
});

test.each([
  "//evil.example",
  "/\\evil.example",
  "/\t/evil.example",
  "https://evil.example",
  "javascript:alert(1)",
  "/..//evil.example",
  "evil",
  "",
  "/login?next=/login",
  "/api/auth/logout",
  `/${"a".repeat(600)}`,
])("%j leads home instead", (value) => {
  const next = safeNext(value);
  expect(new URL(next, "http://own.test").origin).toBe("http://own.test");
  expect(next.startsWith("//")).toBe(false);
  expect(next.startsWith("/api")).toBe(false);
});

test("a repeated or missing parameter leads home", () => {
  expect(safeNext(["/a", "/b"])).toBe("/");
  expect(safeNext(undefined)).toBe("/");
});

test("home needs no parameter", () => {
  expect(withNext("/login", "/")).toBe("/login");
  expect(withNext("/login", "/chat/a?message=b")).toBe("/login?next=%2Fchat%2Fa%3Fmessage%3Db");
});
