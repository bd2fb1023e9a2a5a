import { provideRuntime } from "@/tests/runtime";
import { assertOrigin, namedOrigin, socketOriginAllowed } from "./origin";

type Case = [what: string, headers: Record<string, string>, named: "own" | "foreign" | "none"];

const host = { host: "chat.example.org:3000" };
const own = "http://chat.example.org:3000";

describe("without NEXTAUTH_URL the request's own host counts", () => {
  beforeEach(() => {
    provideRuntime({ ALLOWED_ORIGINS: "https://desk.example.org, https://other.example.org/" });
  });

  test.each<Case>([
    ["no header", {}, "none"],
    ["own origin", { origin: own }, "own"],
    ["own origin, confirmed", { origin: own, "sec-fetch-site": "same-origin" }, "own"],
    ["an allowed origin", { origin: "https://desk.example.org", "sec-fetch-site": "same-site" }, "own"],
    [
      "an allowed origin given with a slash",
      { origin: "https://other.example.org", "sec-fetch-site": "cross-site" },
      "own",
    ],
    ["evil", { origin: "https://evil.example" }, "foreign"],
    ["null", { origin: "null" }, "foreign"],
    ["empty", { origin: "" }, "foreign"],
    ["a look-alike suffix", { origin: "http://chat.example.org.evil.example:3000" }, "foreign"],
    ["a look-alike prefix", { origin: "http://evilchat.example.org:3000" }, "foreign"],
    ["another port", { origin: "http://chat.example.org:3001" }, "foreign"],
    ["no port", { origin: "http://chat.example.org" }, "foreign"],
    ["another scheme", { origin: "https://chat.example.org:3000" }, "foreign"],
    ["with a path", { origin: `${own}/` }, "foreign"],
    ["two origins", { origin: `${own}, https://evil.example` }, "foreign"],
    ["a sibling of an allowed origin", { origin: "https://x.desk.example.org" }, "foreign"],
    ["foreign by Sec-Fetch-Site alone", { "sec-fetch-site": "cross-site" }, "foreign"],
    ["a sibling site", { "sec-fetch-site": "same-site" }, "foreign"],
    ["own origin contradicted", { origin: own, "sec-fetch-site": "cross-site" }, "foreign"],
    [
      "evil with a friendly Sec-Fetch-Site",
      { origin: "https://evil.example", "sec-fetch-site": "same-origin" },
      "foreign",
    ],
    ["same origin by Sec-Fetch-Site alone", { "sec-fetch-site": "same-origin" }, "own"],
    ["typed by the person", { "sec-fetch-site": "none" }, "own"],
    ["own referer", { referer: `${own}/rooms/1` }, "own"],
    ["foreign referer", { referer: "https://evil.example/" }, "none"],
    ["referer that is no address", { referer: "chat.example.org" }, "none"],
  ])("%s", (_, headers, named) => {
    expect(namedOrigin({ ...host, ...headers })).toBe(named);
    expect(namedOrigin(new Headers({ ...host, ...headers }))).toBe(named);
  });

  test("https counts when the proxy says so", () => {
    const origin = "https://chat.example.org:3000";
    expect(namedOrigin({ ...host, origin, "x-parley-proto": "https" })).toBe("own");
  });

  test("only what is authorised by a cookie has to name its origin", () => {
    expect(() => assertOrigin(host, { cookie: false })).not.toThrow();
    expect(() => assertOrigin(host, { cookie: true })).toThrow(expect.objectContaining({ code: "forbidden" }));
    expect(() => assertOrigin({ ...host, origin: own }, { cookie: true })).not.toThrow();
    expect(() => assertOrigin({ ...host, origin: "https://evil.example" }, { cookie: false })).toThrow(
      expect.objectContaining({ code: "forbidden" }),
    );
  });

  test("a socket's handshake follows the same rule", () => {
    expect(socketOriginAllowed({ headers: host }, { cookie: false })).toBe(true);
    expect(socketOriginAllowed({ headers: host }, { cookie: true })).toBe(false);
    expect(socketOriginAllowed({ headers: { ...host, origin: own } }, { cookie: true })).toBe(true);
    expect(socketOriginAllowed({ headers: { ...host, origin: "null" } }, { cookie: false })).toBe(false);
  });
});

describe("with NEXTAUTH_URL only that counts", () => {
  beforeEach(() => {
    provideRuntime({ NEXTAUTH_URL: "https://chat.example.org" });
  });

  test.each<Case>([
    ["the public address", { origin: "https://chat.example.org" }, "own"],
    ["the request's own host", { origin: own }, "foreign"],
    ["a host that the client made up", { host: "evil.example", origin: "http://evil.example" }, "foreign"],
  ])("%s", (_, headers, named) => {
    expect(namedOrigin({ ...host, ...headers })).toBe(named);
  });
});
