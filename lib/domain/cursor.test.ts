import fc from "fast-check";
import { isAppError } from "@/lib/protocol/errors";
import { cursor as cursorSchema } from "@/lib/protocol/primitives";
import { readCursor, writeCursor } from "./cursor";

test("a cursor gives back the key it was made from and passes the contract's check", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), fc.maxSafeInteger(), (name, seq) => {
      fc.pre(!name.includes("\0"));
      const cursor = writeCursor("members", name, seq);
      expect(cursorSchema.safeParse(cursor).success || cursor.length > 400).toBe(true);
      expect(readCursor<[string, number]>("members", cursor, ["string", "number"])).toEqual([name, seq]);
    }),
  );
});

test.each([
  ["of another list", writeCursor("users", "ada", 1)],
  ["with a number too few", writeCursor("members", "ada")],
  ["with another type", writeCursor("members", 1, 1)],
  ["with a number that is none", writeCursor("members", "ada", Number.NaN)],
  ["with NUL in it", writeCursor("members", "a\0", 1)],
  ["that is no JSON", "bm90IGpzb24"],
  ["that is JSON but no list", Buffer.from('{"length":3}').toString("base64url")],
])("a cursor %s is refused by name", (_what, cursor) => {
  const read = () => readCursor<[string, number]>("members", cursor, ["string", "number"]);
  expect(read).toThrow(expect.objectContaining({ code: "invalid", details: { cursor: expect.any(String) } }));
  try {
    read();
  } catch (error) {
    expect(isAppError(error)).toBe(true);
  }
});
