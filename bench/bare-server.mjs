/**
 * What the send path is measured against: a Socket.io server that broadcasts and acknowledges what it is sent, in the
 * same shape, and does nothing else: no accounts, no checks, nothing stored. Told to store, it does so first, each
 * message by itself: STORE=insert by one plain INSERT into a table of its own, STORE=prisma by one `create` of Prisma's into
 * ours (needs `--import tsx`), as many chat servers do.
 */
import { createServer } from "node:http";
import { Server } from "socket.io";

const server = createServer();
const io = new Server(server, { serveClient: false, transports: ["websocket"] });
const places = new Map();
let ids = 0;

function messageOf({ roomId, clientId, content }, userId) {
  const seq = (places.get(roomId) ?? 0) + 1;
  places.set(roomId, seq);
  return {
    id: `c${String(ids++).padStart(24, "0")}`,
    roomId,
    seq,
    rev: seq,
    clientId,
    user: { id: userId, username: userId, name: userId, avatar: null },
    type: "text",
    content,
    files: [],
    replyTo: null,
    threadId: null,
    mentions: [],
    reactions: [],
    createdAt: new Date().toISOString(),
    editedAt: null,
    deletedAt: null,
    pinnedAt: null,
  };
}

async function openInsert() {
  const { default: pg } = await import("pg");
  const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 12 });
  await pool.query(`
    CREATE TABLE bench_message (
      id text PRIMARY KEY, room_id text, user_id text, seq bigint, client_id text, content text, created_at timestamptz)`);
  return ({ id, roomId, user, seq, clientId, content, createdAt }) =>
    pool.query({
      name: "insert",
      text: "INSERT INTO bench_message VALUES ($1, $2, $3, $4, $5, $6, $7)",
      values: [id, roomId, user.id, seq, clientId, content, createdAt],
    });
}

async function openPrisma() {
  const { PrismaPg } = await import("@prisma/adapter-pg");
  const { PrismaClient } = await import("../generated/prisma/client.ts");
  const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: process.env.DATABASE_URL, max: 12 }) });
  return ({ id, roomId, user, seq, rev, clientId, content, createdAt }) =>
    prisma.message.create({
      data: { id, roomId, userId: user.id, seq, rev, clientId, digest: "", content, createdAt },
    });
}

const nothing = async () => () => undefined;
const store = await ({ insert: openInsert, prisma: openPrisma }[process.env.STORE] ?? nothing)();

io.on("connection", (socket) => {
  const { userId, roomIds } = JSON.parse(socket.handshake.auth.token);
  socket.join(roomIds);
  const deliver = (message, ack) => {
    io.to(message.roomId).emit("message:new", { message });
    ack({ ok: true, data: { message } });
  };
  socket.on("message:send", (input, ack) => {
    const message = messageOf(input, userId);
    const stored = store(message);
    if (stored) stored.then(() => deliver(message, ack));
    else deliver(message, ack);
  });
  socket.emit("hello", {});
});
server.listen(Number(process.env.PORT), "127.0.0.1", () => process.stdout.write("ready\n"));
