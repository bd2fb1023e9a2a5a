import { connect as connectTcp } from "node:net";
import request from "supertest";
import { type Replica, startReplica } from "../harness/replica";
import { waitFor } from "../harness/wait-for";

let replica: Replica;
let proxied: Replica;
beforeAll(async () => {
  replica = await startReplica();
  proxied = await startReplica({ databaseUrl: replica.databaseUrl, env: { TRUST_PROXY: "1" } });
});

/** Sends these bytes and resolves to what comes back until the server ends the connection. */
function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = connectTcp(replica.port, "127.0.0.1", () => socket.write(text));
    socket.setEncoding("utf8").setTimeout(10_000, () => reject(new Error(`no end after: ${answer}`)));
    socket.on("data", (part) => {
      answer += part;
    });
    socket.on("close", () => resolve(answer)).on("error", () => resolve(answer));
  });
}

const nonceOf = (policy: string | undefined) => /'nonce-([^']+)'/.exec(policy ?? "")?.[1];

describe("headers of a page", () => {
  test("a policy with a nonce of its own, which the page's scripts carry", async () => {
    const [one, other] = await Promise.all([1, 2].map(() => request(replica.url).get("/login").expect(200)));
    const nonce = nonceOf(one?.headers["content-security-policy"]);
    expect(nonce).toBeTruthy();
    expect(nonce).not.toBe(nonceOf(other?.headers["content-security-policy"]));
    const scripts = one?.text.match(/<script\b[^>]*>/g) ?? [];
    expect(scripts.length).toBeGreaterThan(0);
    for (const script of scripts) expect(script).toContain(`nonce="${nonce}"`);
    expect(one?.headers).toMatchObject({
      "x-content-type-options": "nosniff",
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-resource-policy": "same-origin",
      "referrer-policy": "strict-origin-when-cross-origin",
      "cache-control": expect.stringContaining("no-store"),
    });
    expect(one?.headers["x-powered-by"]).toBeUndefined();
    expect(one?.headers["strict-transport-security"]).toBeUndefined();
  });

  test("what a client sends under the server's own names is dropped", async () => {
    const { headers, text } = await request(replica.url)
      .get("/login")
      .set("Content-Security-Policy", "script-src 'nonce-stolen'")
      .set("x-nonce", "stolen")
      .set("x-request-id", "stolen")
      .set("x-middleware-subrequest", "middleware:middleware")
      .expect(200);
    expect(text).not.toContain("stolen");
    expect(headers["x-request-id"]).not.toBe("stolen");
    await waitFor(() => replica.logs().includes(String(headers["x-request-id"])));
  });

  test("built files may be kept by browsers", async () => {
    const page = await request(replica.url).get("/login");
    const file = /\/_next\/static\/[^"]+\.js/.exec(page.text)?.[0] ?? "none";
    const { headers } = await request(replica.url).get(file).expect(200);
    expect(headers["cache-control"]).toContain("immutable");
  });
});

describe("behind a proxy", () => {
  test("https is believed of as many proxies as are configured", async () => {
    const trusted = await request(proxied.url).get("/login").set("X-Forwarded-Proto", "https");
    expect(trusted.headers["strict-transport-security"]).toContain("max-age=63072000");
    const untrusted = await request(replica.url).get("/login").set("X-Forwarded-Proto", "https");
    expect(untrusted.headers["strict-transport-security"]).toBeUndefined();
  });
});

describe("what goes no further", () => {
  const tooLarge = "x".repeat(100_001);

  test("a body above 100 kB, announced or not", async () => {
    const { body } = await request(replica.url).post("/api/auth/login").send({ login: tooLarge }).expect(413);
    expect(body.error).toMatchObject({ code: "too_large", requestId: expect.any(String) });
    const chunk = `${tooLarge.length.toString(16)}\r\n${tooLarge}\r\n`;
    const answer = await raw(
      `POST /api/auth/login HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}0\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  });

  test("unsafe methods outside of the API", async () => {
    await request(replica.url).post("/login").set("Next-Action", "x").send({ a: 1 }).expect(404);
  });

  test("an address that is not a path", async () => {
    expect(await raw("GET http://evil.example/ HTTP/1.1\r\nHost: a\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 /);
  });

  test("an upgrade to anything but sockets", async () => {
    for (const path of ["/", "/_next/hmr", "/api/me"]) {
      const head = `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n`;
      const key = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
      expect(await raw(head + key)).toBe("");
    }
  });

  test("headers above 16 kB", async () => {
    expect(await raw(`GET /login HTTP/1.1\r\nHost: a\r\nX-A: ${"x".repeat(17_000)}\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 431 /,
    );
  });

  test("files of the checkout", async () => {
    for (const path of ["/.env", "/.git/config", "/package.json", "/data/secrets.json", "/..%2fpackage.json"]) {
      const { status } = await request(replica.url).get(path);
      expect(status).toBeGreaterThanOrEqual(400);
    }
  });
});
