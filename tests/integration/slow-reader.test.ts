import { type Connection, connect } from "../harness/connection";
import { newClientId, openScene, type Scene } from "../harness/scene";
import { waitFor } from "../harness/wait-for";

let scene: Scene<"ada" | "ben" | "cyd">;

beforeAll(async () => {
  scene = await openScene(["ada", "ben", "cyd"]);
}, 60_000);

/** Stops reading, as a tab that hangs does: nothing says so to the server. Returns how to go on. */
function stopReading({ socket }: Connection): () => void {
  const { ws } = socket.io.engine.transport as unknown as { ws: { pause(): void; resume(): void } };
  ws.pause();
  return () => ws.resume();
}

test("a reader that stops reading is cut before much piles up for it; the others hear everything", async () => {
  const [author, reader, stopped] = await Promise.all([
    scene.connect("ada"),
    scene.connect("cyd"),
    connect(scene.server.url, { token: scene.people.ben.accessToken }),
  ]);
  const goOn = stopReading(stopped);
  // 16 kB each: what the kernels hold is full soon, and the server's own queue grows.
  const content = "😀".repeat(4_000);
  let sent = 0;
  let cut = false;
  const send = async () => {
    while (!cut && sent < 20_000) {
      sent += 1;
      await author.emit("message:send", { roomId: scene.lobby.id, clientId: newClientId(), content });
    }
  };
  const sending = Promise.all(Array.from({ length: 10 }, send));
  await waitFor(() => scene.server.logs().includes("a reader that stopped reading was cut"), {
    timeout: 25_000,
    what: "the reader to be cut",
  }).finally(() => {
    cut = true;
  });
  await sending;
  await scene.fence(reader);
  expect(reader.of("message:new").filter(({ message }) => message.content === content)).toHaveLength(sent);
  goOn();
  await waitFor(() => !stopped.socket.connected, { what: "the reader to find that it was cut" });
  const back = await connect(scene.server.url, { token: scene.people.ben.accessToken });
  expect(back.of("hello")).toHaveLength(1);
}, 60_000);
