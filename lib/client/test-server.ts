import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server } from "socket.io";
import type { Message } from "../protocol/objects";
import { roomAnswer, type TestRoom } from "./test-world";

/** A server as small as the contract allows, which a test can make silent, forgetful or deaf. */
export interface TestServer {
  origin: string;
  rooms: Map<string, TestRoom>;
  reads: Map<string, number>;
  epoch: string;
  /** Answers of `sync` hold at most this many messages a room; beyond `horizon` they are `limited`. */
  page: number;
  horizon: number;
  token: string;
  /** Announces the room's changes after `from` to every socket. */
  announce: (room: TestRoom, from: number) => void;
  emit: (event: string, payload: unknown) => void;
  /** How often each event or route was asked for. */
  asked: Map<string, number>;
  /** Requests of these paths, and the handshake of sockets, are answered once the promise settles. */
  gates: Map<string, Promise<void>>;
  /** Refuses to renew sessions. */
  ended: boolean;
  /** Answers requests of these paths with 503, as a proxy does. */
  failing: Set<string>;
  /** Drops the acknowledgements of these events. */
  mute: Set<string>;
  onSend: (input: { roomId: string; clientId: string; content: string }) => Message;
  /** Cuts every connection. */
  cut: () => void;
  close: () => Promise<void>;
}

export async function testServer(rooms: TestRoom[]): Promise<TestServer> {
  const http = createServer(async (req, res) => {
    const url = new URL(req.url ?? "/", "http://test");
    count(`${req.method} ${url.pathname}`);
    await server.gates.get(url.pathname);
    const [status, body] = answer(url, req.headers.authorization ?? "");
    res.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  const io = new Server(http);
  const asked = new Map<string, number>();
  const count = (what: string) => asked.set(what, (asked.get(what) ?? 0) + 1);

  function answer(url: URL, authorization: string): [number, unknown] {
    if (server.failing.has(url.pathname)) return [503, "a proxy speaks"];
    if (url.pathname === "/api/auth/refresh") {
      if (server.ended) return [401, { error: { code: "unauthorized", message: "Sign in again." } }];
      const soon = new Date(Date.now() + 900_000).toISOString();
      return [200, { accessToken: server.token, expiresAt: soon, refreshToken: "next" }];
    }
    if (authorization !== `Bearer ${server.token}`)
      return [401, { error: { code: "unauthorized", message: "Sign in." } }];
    const one = (room: TestRoom) => roomAnswer(room, "me", server.reads.get(room.id) ?? 0);
    if (url.pathname === "/api/rooms") return [200, { rooms: [...server.rooms.values()].map(one) }];
    const room = server.rooms.get(url.searchParams.get("roomId") ?? url.pathname.split("/")[3] ?? "");
    if (!room) return [404, { error: { code: "not_found", message: "The room was not found." } }];
    if (url.pathname !== "/api/messages") return [200, { room: one(room), members: [], next: null }];
    const limit = Number(url.searchParams.get("limit") ?? 50);
    const cursor = url.searchParams.get("cursor");
    const wanted = url.searchParams.get("around");
    const around = room.messages.find((message) => message.id === wanted)?.seq;
    if (wanted !== null && around === undefined)
      return [404, { error: { code: "not_found", message: "The message was not found." } }];
    const end = cursor
      ? Number(cursor) - 1
      : Math.min(room.messages.length, (around ?? room.messages.length) + (around ? limit / 2 : 0));
    const start = Math.max(0, end - limit);
    const newer = end < room.messages.length ? String(end + limit + 1) : null;
    return [200, { messages: room.messages.slice(start, end), older: start > 0 ? String(start + 1) : null, newer }];
  }

  io.use(async (socket, next) => {
    count("handshake");
    await server.gates.get("handshake");
    if (socket.handshake.auth.token === server.token) return next();
    next(Object.assign(new Error("unauthorized"), { data: { code: "unauthorized", message: "Sign in." } }));
  });
  io.on("connection", (socket) => {
    socket.onAny((event, input, ack) => {
      count(event);
      if (server.mute.has(event)) return;
      if (event === "sync") ack({ ok: true, data: sync(input) });
      else if (event === "message:send") ack({ ok: true, data: { message: server.onSend(input) } });
      else if (event === "message:read") ack({ ok: true, data: read(input.messageId) });
      else ack?.({ ok: true, data: {} });
    });
    const heads = Object.fromEntries([...server.rooms.values()].map((room) => [room.id, room.rev]));
    const user = { id: "me", username: "me", name: "Me", avatar: null, email: "", role: "member", preferences: {} };
    socket.emit("hello", { epoch: server.epoch, serverTime: new Date().toISOString(), user, heads, online: ["ada"] });
  });

  function read(messageId: string) {
    for (const room of server.rooms.values()) {
      const seq = room.messages.find((message) => message.id === messageId)?.seq;
      if (seq === undefined) continue;
      server.reads.set(room.id, Math.max(server.reads.get(room.id) ?? 0, seq));
      return { roomId: room.id, lastReadSeq: server.reads.get(room.id) };
    }
  }

  function sync(input: { epoch?: string; rooms: { roomId: string; rev: number }[] }) {
    const known = new Set(input.rooms.map(({ roomId }) => roomId));
    const answers = input.rooms.flatMap(({ roomId, rev }) => {
      const room = server.rooms.get(roomId);
      if (!room || room.rev === rev) return [];
      if (rev > room.rev || room.rev - rev > server.horizon || (input.epoch && input.epoch !== server.epoch))
        return [{ roomId, rev: room.rev, messages: room.messages.slice(-50), more: false, limited: true }];
      const missed = room.messages.filter((message) => message.rev > rev).sort((a, b) => a.rev - b.rev);
      const messages = missed.slice(0, server.page);
      const more = missed.length > server.page;
      return [{ roomId, rev: more ? (messages.at(-1)?.rev ?? rev) : room.rev, messages, more }];
    });
    const joined = [...server.rooms.values()].filter((room) => !known.has(room.id));
    return {
      epoch: server.epoch,
      rooms: answers,
      joined: joined.map((room) => roomAnswer(room, "me", server.reads.get(room.id) ?? 0)),
      left: [...known].filter((roomId) => !server.rooms.has(roomId)),
    };
  }

  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const server: TestServer = {
    origin: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    rooms: new Map(rooms.map((room) => [room.id, room])),
    reads: new Map(),
    epoch: "first life",
    page: 3,
    horizon: 1_000,
    token: "token-1",
    asked,
    gates: new Map(),
    ended: false,
    failing: new Set(),
    mute: new Set(),
    onSend() {
      throw new Error("The test sends nothing.");
    },
    announce(room, from) {
      for (const change of room.changes.slice(from)) {
        if (!("message" in change)) io.emit("message:reactions", { roomId: room.id, ...change });
        else io.emit(change.message.editedAt ? "message:updated" : "message:new", { message: change.message });
      }
    },
    emit: (event, payload) => void io.emit(event, payload),
    cut() {
      for (const socket of io.sockets.sockets.values()) socket.conn.close();
    },
    async close() {
      await io.close();
    },
  };
  return server;
}
