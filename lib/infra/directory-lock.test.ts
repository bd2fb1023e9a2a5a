import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lockDirectory } from "./directory-lock";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "parley-lock-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

test("a directory is taken once and free again after its release", async () => {
  const lock = await lockDirectory(directory);
  expect(lock).toBeDefined();
  expect(await lockDirectory(directory)).toBeUndefined();
  await lock?.release();
  const next = await lockDirectory(directory);
  expect(next).toBeDefined();
  await next?.release();
});

test("of many who find the lock of a dead process exactly one takes it", async () => {
  writeFileSync(
    join(directory, "lock"),
    JSON.stringify({ id: "dead", pid: 999_999_999, started: "1", place: "elsewhere" }),
  );
  const locks = await Promise.all(Array.from({ length: 8 }, () => lockDirectory(directory)));
  expect(locks.filter(Boolean)).toHaveLength(1);
  await Promise.all(locks.map((lock) => lock?.release()));
}, 30_000);

test("of many who come at once exactly one takes a free directory, also after a lock that cannot be read", async () => {
  for (const damaged of [false, true]) {
    if (damaged) writeFileSync(join(directory, "lock"), "");
    const locks = await Promise.all(Array.from({ length: 16 }, () => lockDirectory(directory)));
    expect(locks.filter(Boolean)).toHaveLength(1);
    await Promise.all(locks.map((lock) => lock?.release()));
  }
});
