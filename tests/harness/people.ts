import { randomBytes } from "node:crypto";
import request from "supertest";
import type { Me } from "@/lib/protocol/objects";
import { type Connection, type ConnectOptions, connect } from "./connection";

export interface Person {
  /** The server that the person uses. */
  url: string;
  user: Me;
  password: string;
  accessToken: string;
  refreshToken: string;
  /** A request as this person. Await it, or go on with supertest's `send`, `expect` and so on. */
  api(method: "get" | "post" | "patch" | "delete", path: string, body?: object): request.Test;
  /** A socket of this person that has heard `hello`; at another replica when `url` says so. */
  connect(options?: ConnectOptions & { url?: string; batch?: boolean }): Promise<Connection>;
}

const testPassword = "correct horse battery staple 7";

function personOf(
  url: string,
  password: string,
  body: { user: Me; accessToken: string; refreshToken: string },
): Person {
  const { user, accessToken, refreshToken } = body;
  return {
    url,
    user,
    password,
    accessToken,
    refreshToken,
    api(method, path, content) {
      const call = request(url)[method](path).set("Authorization", `Bearer ${accessToken}`);
      return content === undefined ? call : call.send(content);
    },
    connect: ({ url: other = url, batch = false, ...options } = {}) =>
      connect(other, { token: accessToken, batch }, options),
  };
}

/** Registers someone at the server; what is left out is made up. The first person of a database owns the server. */
export async function register(url: string, wanted: { username?: string; name?: string } = {}): Promise<Person> {
  const username = wanted.username ?? `user-${randomBytes(5).toString("hex")}`;
  const account = { username, email: `${username}@example.org`, name: wanted.name ?? username, password: testPassword };
  const { body } = await request(url).post("/api/auth/register").set("X-Client", "api").send(account).expect(201);
  return personOf(url, testPassword, body);
}

/** Signs someone in once more, as from another device. */
export async function logIn(url: string, login: string, password = testPassword): Promise<Person> {
  const { body } = await request(url)
    .post("/api/auth/login")
    .set("X-Client", "api")
    .send({ login, password })
    .expect(200);
  return personOf(url, password, body);
}
