import { routeKind } from "./request-metrics";

test.each([
  ["/", "page"],
  ["/rooms/general", "page"],
  ["/api/messages", "api"],
  ["/api/auth/login", "auth"],
  ["/api/upload", "upload"],
  ["/socket.io/", "polling"],
  ["/_next/static/chunks/a.js", "static"],
  ["/icon.svg", "static"],
  ["/health/live", "health"],
  ["/metrics", "metrics"],
  ["http://elsewhere/", "page"],
])("%s counts as %s", (path, kind) => {
  expect(routeKind(path)).toBe(kind);
});
