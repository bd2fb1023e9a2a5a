import { enqueue, inLane } from "./lanes";

/** A batch function that can be held up, and tells what it was given. */
function recorder() {
  const batches: string[][] = [];
  let release = () => {};
  const batch = async (items: string[]) => {
    batches.push(items);
    await new Promise<void>((resolve) => {
      release = resolve;
    });
  };
  return { batches, batch, go: () => release() };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test("what arrives while a lane is busy is gathered, in order", async () => {
  const { batches, batch, go } = recorder();
  enqueue("room", { batch, item: "a" });
  enqueue("room", { batch, item: "b" });
  await turn();
  expect(batches).toEqual([["a", "b"]]);
  for (const item of ["c", "d", "e"]) enqueue("room", { batch, item });
  await turn();
  expect(batches).toHaveLength(1);
  go();
  await turn();
  expect(batches).toEqual([
    ["a", "b"],
    ["c", "d", "e"],
  ]);
  go();
});

test("work of the same room waits for what came before it, and its failure reaches its caller only", async () => {
  const { batches, batch, go } = recorder();
  const order: string[] = [];
  enqueue("other", { batch, item: "first" });
  const failing = inLane("other", async () => {
    order.push("failing");
    throw new Error("on purpose");
  });
  const after = inLane("other", async () => order.push("after"));
  await turn();
  expect([batches, order]).toEqual([[["first"]], []]);
  go();
  await expect(failing).rejects.toThrow("on purpose");
  await after;
  expect(order).toEqual(["failing", "after"]);
});

test("a lane that is full says so instead of growing", async () => {
  const { batch, go } = recorder();
  enqueue("full", { batch, item: "held" });
  await turn();
  let refusal: unknown;
  for (let count = 0; count < 2_001 && !refusal; count += 1) {
    try {
      enqueue("full", { batch: async () => {}, item: "x" });
    } catch (error) {
      refusal = error;
    }
  }
  expect(refusal).toMatchObject({ code: "unavailable" });
  go();
});
