import { io } from "socket.io-client";
import type { Room } from "@/lib/protocol/objects";

/** Of everybody in the demo, and of the owner of the empty server. */
export const password = "harbor lights at seven";

export interface Demo {
  rooms: Record<"general" | "engineering" | "dm" | "empty", string>;
  /** Two people write in general, so that it shows. */
  type: () => Promise<void>;
  /** General has three messages that Ada has not read. */
  unread: () => Promise<void>;
  close: () => void;
}

/** The demo of `npm run seed` as it looks on a working day: a few people are there, one room is new. */
export async function openDemo(url: string): Promise<Demo> {
  const call = async <T>(token: string | null, method: string, path: string, body?: object): Promise<T> => {
    const response = await fetch(url + path, {
      method,
      headers: {
        "content-type": "application/json",
        "x-client": "api",
        ...(token && { authorization: `Bearer ${token}` }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  };
  const signIn = async (login: string) =>
    (await call<{ accessToken: string }>(null, "POST", "/api/auth/login", { login, password })).accessToken;

  const ada = await signIn("ada");
  const { rooms } = await call<{ rooms: Room[] }>(ada, "GET", "/api/rooms");
  const named = (name: string) => {
    const room = rooms.find((candidate) => candidate.name === name);
    if (!room) throw new Error(`The demo has no room "${name}".`);
    return room;
  };
  const dm = rooms.find((room) => room.kind === "dm" && room.memberCount === 2 && room.lastSeq > 5);
  const { room: empty } = await call<{ room: Room }>(ada, "POST", "/api/rooms", { name: "summer-party" });

  const present = await Promise.all(["kenji", "priya", "mateusz", "lucia", "omar", "noor"].map(signIn));
  const sockets = present.map((token) => io(url, { auth: { token }, transports: ["websocket"] }));
  await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once("hello", resolve))));

  const general = named("general");
  return {
    rooms: {
      general: general.id,
      engineering: named("engineering").id,
      dm: dm?.id ?? general.id,
      empty: empty.id,
    },
    async type() {
      for (const socket of sockets.slice(0, 2)) await socket.emitWithAck("typing:start", { roomId: general.id });
    },
    async unread() {
      await call(ada, "PATCH", `/api/rooms/${general.id}/me`, { lastReadSeq: general.lastSeq - 3 });
    },
    close() {
      for (const socket of sockets) socket.disconnect();
    },
  };
}
