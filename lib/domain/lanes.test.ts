import { service } from "@/lib/infra/registry";
import { waitFor } from "@/tests/harness/wait-for";
import { enqueue, inLane } from "./lanes";

let over: boolean;

/** Batches that wait until they are let go, one by one; at the end of the test all are. */
function heldBatches() {
  const started: { items: string[]; stored(): void; finish(): void }[] = [];
  const batch = (items: string[], stored: () => void) =>
    new Promise<void>((finish) => {
      started.push({ items, stored, finish });
      held.push(finish);
      if (over) finish();
    });
  return { started, send: (roomId: string, item: string) => enqueue(roomId, { batch, item }) };
}

const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

const held: (() => void)[] = [];

beforeEach(() => {
  over = false;
  service("message-lanes").withdraw();
});

afterEach(async () => {
  over = true;
  for (const finish of held.splice(0)) finish();
  const lanes = service<{ waiting: number; batches: Set<unknown>; timer: unknown }>("message-lanes");
  const idle = () => lanes.get().waiting === 0 && lanes.get().batches.size === 0 && !lanes.get().timer;
  await waitFor(idle, { what: "the lanes to be empty" });
});

describe("lanes", () => {
  test("store together what arrives together, in all rooms", async () => {
    const { started, send } = heldBatches();
    send("a", "a1");
    send("b", "b1");
    send("a", "a2");
    await turn();
    expect(started.map(({ items }) => items)).toEqual([["a1", "a2", "b1"]]);
  });

  test("keep a room to one batch at a time and in order, while other rooms go on", async () => {
    const { started, send } = heldBatches();
    send("a", "a1");
    await turn();
    send("a", "a2");
    send("b", "b1");
    send("a", "a3");
    started[0]?.stored();
    await turn();
    expect(started.map(({ items }) => items)).toEqual([["a1"], ["b1"]]);
    started[1]?.stored();
    started[0]?.finish();
    await turn();
    expect(started.map(({ items }) => items)).toEqual([["a1"], ["b1"], ["a2", "a3"]]);
  });

  test("gather what comes while a batch is stored, and store it while that one is announced", async () => {
    const { started, send } = heldBatches();
    send("a", "a1");
    await turn();
    send("b", "b1");
    send("c", "c1");
    expect(started.map(({ items }) => items)).toEqual([["a1"]]);
    started[0]?.stored();
    expect(started.map(({ items }) => items)).toEqual([["a1"], ["b1", "c1"]]);
    // Said twice, it lets no second batch in.
    send("d", "d1");
    started[0]?.stored();
    expect(started).toHaveLength(2);
  });

  test("let others pass when a batch is slow", async () => {
    const { started, send } = heldBatches();
    send("a", "a1");
    await turn();
    send("b", "b1");
    send("c", "c1");
    expect(started).toHaveLength(1);
    await waitFor(() => started.length === 2, { what: "the second batch to start" });
    expect(started[1]?.items).toEqual(["b1", "c1"]);
  });

  test("run other work of a room alone, between the sends before and after it", async () => {
    const { started, send } = heldBatches();
    const told: string[] = [];
    send("a", "a1");
    const changed = inLane("a", async () => {
      told.push("changed");
      return 7;
    });
    send("a", "a2");
    await turn();
    expect(told).toEqual([]);
    started[0]?.finish();
    expect(await changed).toBe(7);
    await turn();
    expect(started.map(({ items }) => items)).toEqual([["a1"], ["a2"]]);
  });

  test("pass on what work throws, and go on", async () => {
    await expect(inLane("a", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(await inLane("a", async () => "yes")).toBe("yes");
  });

  test("refuse more than they can hold", async () => {
    const { started, send } = heldBatches();
    send("a", "a0");
    await turn();
    for (let index = 0; index < 8_000; index += 1) send("a", `${index}`);
    expect(() => send("a", "one too many")).toThrow("more messages to store than it can take");
    started[0]?.finish();
    await turn();
    expect(started[1]?.items).toHaveLength(256);
    send("a", "room again");
  });
});
