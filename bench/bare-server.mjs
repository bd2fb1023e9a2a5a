/**
 * What the send path is measured against: a Socket.io server that broadcasts and acknowledges what it is sent, in the
 * same shape, and does nothing else: no accounts, no checks, nothing stored. With `prisma` it stores each message by one
 * `create`, as many chat servers do.
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

io.on("connection", (socket) => {
  const { userId, roomIds } = JSON.parse(socket.handshake.auth.token);
  socket.join(roomIds);
  socket.on("message:send", (input, ack) => {
    const message = messageOf(input, userId);
    io.to(input.roomId).emit("message:new", { message });
    ack({ ok: true, data: { message } });
  });
  socket.emit("hello", {});
});
server.listen(Number(process.env.PORT), "127.0.0.1", () => process.stdout.write("ready\n"));
