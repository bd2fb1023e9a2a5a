import type { IncomingMessage } from "node:http";
import { identify } from "./forwarded";

function identified(headers: IncomingMessage["headers"], proxies: number, remoteAddress = "::ffff:10.0.0.9") {
  const request = { headers: { host: "chat.example.org", ...headers }, socket: { remoteAddress } } as IncomingMessage;
  identify(request, proxies);
  return request.headers;
}

test("without proxies nothing that the client claims counts", () => {
  const headers = identified(
    {
      "x-forwarded-for": "1.2.3.4",
      "x-forwarded-proto": "https",
      "x-forwarded-host": "evil",
      "x-parley-address": "6.6.6.6",
    },
    0,
  );
  expect(headers).toMatchObject({
    host: "chat.example.org",
    "x-parley-address": "10.0.0.9",
    "x-parley-proto": "http",
    "x-forwarded-for": "10.0.0.9",
    "x-forwarded-host": "chat.example.org",
    "x-forwarded-proto": "http",
  });
});

test("each trusted proxy's entry is counted from the end, so that entries made up in front do not count", () => {
  const claimed = { "x-forwarded-for": "6.6.6.6, 1.2.3.4, 10.0.0.2", "x-forwarded-proto": "https" };
  expect(identified(claimed, 1)["x-parley-address"]).toBe("10.0.0.2");
  expect(identified(claimed, 2)["x-parley-address"]).toBe("1.2.3.4");
  expect(identified(claimed, 1)["x-parley-proto"]).toBe("https");
});

test("an entry that is no address leaves the connection's own", () => {
  expect(identified({ "x-forwarded-for": "unknown" }, 1)["x-parley-address"]).toBe("10.0.0.9");
  expect(identified({}, 1)["x-parley-address"]).toBe("10.0.0.9");
  expect(identified({ "x-forwarded-for": "2001:db8::1" }, 1)["x-parley-address"]).toBe("2001:db8::1");
});
