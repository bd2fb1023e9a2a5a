import { MemoryBuckets } from "./token-buckets";

let now = 0;
const clock = () => now;
const limit = { count: 5, per: 10_000 };

beforeEach(() => {
  now = 1_000_000;
});

test("a full bucket gives its tokens at once and the next one when it has flowed in", () => {
  const buckets = new MemoryBuckets(clock);
  for (let taken = 0; taken < 5; taken += 1) expect(buckets.take("a", limit, 1)).toBe(0);
  expect(buckets.take("a", limit, 1)).toBe(2_000);
  now += 1_999;
  expect(buckets.take("a", limit, 1)).toBe(1);
  now += 1;
  expect(buckets.take("a", limit, 1)).toBe(0);
  expect(buckets.take("a", limit, 1)).toBe(2_000);
});

test("refused attempts do not push the next token away", () => {
  const buckets = new MemoryBuckets(clock);
  for (let taken = 0; taken < 5; taken += 1) buckets.take("a", limit, 1);
  for (let refused = 0; refused < 100; refused += 1) expect(buckets.take("a", limit, 1)).toBe(2_000);
  now += 2_000;
  expect(buckets.take("a", limit, 1)).toBe(0);
});

test("an idle bucket fills up, and not beyond", () => {
  const buckets = new MemoryBuckets(clock);
  for (let taken = 0; taken < 5; taken += 1) buckets.take("a", limit, 1);
  now += 1_000_000;
  for (let taken = 0; taken < 5; taken += 1) expect(buckets.take("a", limit, 1)).toBe(0);
  expect(buckets.take("a", limit, 1)).toBe(2_000);
});

test("keys do not share a bucket", () => {
  const buckets = new MemoryBuckets(clock);
  for (let taken = 0; taken < 6; taken += 1) buckets.take("a", limit, 1);
  expect(buckets.take("b", limit, 1)).toBe(0);
});

test("a token that is given back can be taken again", () => {
  const buckets = new MemoryBuckets(clock);
  for (let taken = 0; taken < 5; taken += 1) buckets.take("a", limit, 1);
  buckets.giveBack("a", limit, 1);
  expect(buckets.take("a", limit, 1)).toBe(0);
  expect(buckets.take("a", limit, 1)).toBe(2_000);
});

test.each([
  [2, 10],
  [1 / 3, 1],
  [0.01, 1],
  [1_000, 5_000],
])("a factor of %d makes 5 tokens %d", (factor, tokens) => {
  const buckets = new MemoryBuckets(clock);
  for (let taken = 0; taken < tokens; taken += 1) expect(buckets.take("a", limit, factor)).toBe(0);
  expect(buckets.take("a", limit, factor)).toBeGreaterThan(0);
});

test("a burst may differ from the flow", () => {
  const buckets = new MemoryBuckets(clock);
  const typing = { count: 1, per: 2_000, burst: 3 };
  for (let taken = 0; taken < 3; taken += 1) expect(buckets.take("a", typing, 1)).toBe(0);
  expect(buckets.take("a", typing, 1)).toBe(2_000);
});

test("the number of keys is bounded, and the one longest untouched goes first", () => {
  const buckets = new MemoryBuckets(clock, 3);
  for (let taken = 0; taken < 5; taken += 1) buckets.take("a", limit, 1);
  buckets.take("b", limit, 1);
  buckets.take("c", limit, 1);
  expect(buckets.take("a", limit, 1)).toBeGreaterThan(0);
  buckets.take("d", limit, 1);
  expect(buckets.size).toBe(3);
  expect(buckets.take("a", limit, 1)).toBeGreaterThan(0);
});
