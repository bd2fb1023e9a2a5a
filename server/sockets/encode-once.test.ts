import fc from "fast-check";
import { Server } from "socket.io";
import { encodeMessage, type Packet } from "./encode-once";

const message = fc.record({ id: fc.string(), content: fc.string({ unit: "binary" }), files: fc.array(fc.jsonValue()) });
const event = fc.oneof(
  fc.tuple(fc.constantFrom("message:new", "dm:new", "notification"), fc.record({ message, room: fc.jsonValue() })),
  fc.tuple(fc.constant("message:batch"), fc.record({ roomId: fc.string(), messages: fc.array(message) })),
);

const standard = (packet: Packet) => {
  const { encoder } = new Server() as unknown as { encoder: { encode(packet: Packet): unknown[] } };
  return encoder.encode(packet)[0];
};

test("an event that carries messages is encoded as Socket.io encodes it, the first time and the next", () => {
  fc.assert(
    fc.property(event, (data) => {
      const packet = { type: 2, nsp: "/", data };
      expect(encodeMessage(packet)).toBe(standard(packet));
      expect(encodeMessage(packet)).toBe(standard(packet));
    }),
  );
});

test("so is the acknowledgement of a message that was announced", () => {
  fc.assert(
    fc.property(message, fc.jsonValue(), fc.nat(), (sent, room, id) => {
      encodeMessage({ type: 2, nsp: "/", data: ["message:new", { message: sent }] });
      const packet = { type: 3, nsp: "/", id, data: [{ ok: true, data: { message: sent, room } }] };
      expect(encodeMessage(packet)).toBe(standard(packet));
    }),
  );
});

test("everything else is left to Socket.io", () => {
  const unannounced = { id: "m", content: "" };
  expect(encodeMessage({ type: 3, nsp: "/", id: 1, data: [{ ok: true, data: { message: unannounced } }] })).toBe(
    undefined,
  );
  expect(encodeMessage({ type: 3, nsp: "/", id: 1, data: [{ ok: false, error: { code: "invalid" } }] })).toBe(
    undefined,
  );
  expect(encodeMessage({ type: 2, nsp: "/", data: ["heads", { heads: {} }] })).toBe(undefined);
  expect(encodeMessage({ type: 2, nsp: "/other", data: ["message:new", { message: unannounced }] })).toBe(undefined);
  expect(encodeMessage({ type: 0, nsp: "/", data: { sid: "s" } })).toBe(undefined);
});
