import fc from "fast-check";
import { Marks } from "./marks";

test("whatever the order and however often, the mark stands before the first gap", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 120 }), (revs) => {
      const marks = new Marks();
      marks.begin("room", 0);
      for (const rev of revs) marks.announced("room", rev);
      const heard = new Set(revs);
      let expected = 0;
      while (heard.has(expected + 1)) expected += 1;
      expect(marks.upTo("room")).toBe(expected);
    }),
  );
});

test("advancing passes over a gap and takes along what was early behind it", () => {
  const marks = new Marks();
  marks.begin("room", 10);
  marks.announced("room", 13);
  marks.announced("room", 15);
  expect(marks.upTo("room")).toBe(10);
  marks.advance("room", 12);
  expect(marks.upTo("room")).toBe(13);
  marks.advance("room", 5);
  expect(marks.upTo("room")).toBe(13);
});

test("a room that nobody listens to is not counted, and beginning again does not move a mark back", () => {
  const marks = new Marks();
  marks.announced("room", 1);
  expect(marks.upTo("room")).toBeUndefined();
  marks.begin("room", 4);
  marks.begin("room", 2);
  expect(marks.upTo("room")).toBe(4);
  marks.forget("room");
  expect(marks.upTo("room")).toBeUndefined();
});

test("what is announced between watching and beginning counts", () => {
  const marks = new Marks();
  marks.watch("room");
  for (const rev of [3, 5, 6]) marks.announced("room", rev);
  expect(marks.upTo("room")).toBeUndefined();
  expect(marks.begin("room", 4)).toBe(true);
  expect(marks.upTo("room")).toBe(6);
  expect(marks.begin("room", 9)).toBe(false);
  expect(marks.upTo("room")).toBe(6);
});

test("remembers from which change it counts, however far it has come", () => {
  const marks = new Marks();
  marks.watch("a");
  expect(marks.baseOf("a")).toBe(0);
  marks.begin("a", 7);
  marks.announced("a", 8);
  marks.begin("a", 5);
  expect([marks.baseOf("a"), marks.upTo("a")]).toEqual([7, 8]);
  marks.forget("a");
  expect(marks.baseOf("a")).toBe(0);
});
