import { readdirSync, readFileSync } from "node:fs";
import { getPriority } from "node:os";
import { provideRuntime } from "@/tests/runtime";
import { isCommonPassword } from "./common-passwords";
import { closePasswordPool, PasswordPool, passwordPool } from "./password-pool";
import { hashPassword, isPassword, rounds } from "./passwords";

beforeEach(() => {
  provideRuntime();
});
afterEach(closePasswordPool);

test("a build without failpoints takes 12 rounds", () => {
  expect(rounds).toBe(12);
});

test("a password is told from others, also past the 72 bytes that bcrypt reads", async () => {
  const long = "x".repeat(100);
  const hash = await hashPassword(long);
  expect(hash).toMatch(/^\$2[aby]\$12\$/);
  expect(await isPassword(long, hash)).toBe(true);
  expect(await isPassword(`${"x".repeat(99)}y`, hash)).toBe(false);
});

test("the same characters in another composition are the same password", async () => {
  const hash = await hashPassword("Cafe\u0301 au lait");
  expect(await isPassword("Caf\u00e9 au lait", hash)).toBe(true);
});

test("without the server's secret a hash is worth nothing", async () => {
  const hash = await hashPassword("correct horse battery");
  provideRuntime({}, { jwtSecret: "a different secret of at least 32 bytes" });
  expect(await isPassword("correct horse battery", hash)).toBe(false);
});

test("nobody has no password, and takes as long to find out", async () => {
  const hash = await hashPassword("correct horse battery");
  const time = async (against: string | null) => {
    const before = performance.now();
    expect(await isPassword("wrong horse battery", against)).toBe(false);
    return performance.now() - before;
  };
  const [known, unknown] = [await time(hash), await time(null)];
  // Other work on the machine moves the times; without the compare it would be a hundredth.
  expect(unknown).toBeGreaterThan(known / 4);
});

test("hashing leaves the main thread free", async () => {
  let ticks = 0;
  const timer = setInterval(() => {
    ticks += 1;
  }, 5);
  await hashPassword("correct horse battery");
  clearInterval(timer);
  expect(ticks).toBeGreaterThan(5);
});

test("the worker stands behind the main thread where both share a core", async () => {
  /** proc(5): how nice a thread is, is the 19th field. */
  const niceness = () =>
    readdirSync("/proc/self/task").map((id) =>
      Number(readFileSync(`/proc/self/task/${id}/stat`, "utf8").split(") ").at(-1)?.split(" ")[16]),
    );
  const before = getPriority();
  await hashPassword("correct horse battery");
  expect(getPriority()).toBe(before);
  // Elsewhere no single thread can be told apart, and none is.
  if (process.platform === "linux") expect(niceness()).toContain(Math.max(10, before));
});

test("a full queue refuses at once, and goes on when it has emptied", async () => {
  const pool = new PasswordPool(1, 2);
  const work = { kind: "hash", secret: "x", rounds: 4 } as const;
  const accepted = [pool.run(work), pool.run(work), pool.run(work)];
  await expect(pool.run(work)).rejects.toMatchObject({ code: "unavailable" });
  expect(await Promise.all(accepted)).toHaveLength(3);
  expect(pool.queued).toBe(0);
  await expect(pool.run(work)).resolves.toMatch(/^\$2/);
  await pool.close();
});

test("a closed pool refuses what waits and what comes", async () => {
  const pool = new PasswordPool(1, 10);
  const work = { kind: "hash", secret: "x", rounds: 12 } as const;
  const waiting = [pool.run(work), pool.run(work)].map((job) =>
    expect(job).rejects.toMatchObject({ code: "unavailable" }),
  );
  await pool.close();
  await Promise.all(waiting);
  await expect(pool.run(work)).rejects.toMatchObject({ code: "unavailable" });
});

test("a worker that fails takes only its own job along", async () => {
  const pool = new PasswordPool(1, 10);
  await expect(pool.run({ kind: "compare", secret: "x", hash: 5 as unknown as string })).rejects.toThrow();
  await expect(pool.run({ kind: "hash", secret: "x", rounds: 4 })).resolves.toMatch(/^\$2/);
  await pool.close();
});

test("the process has one pool", () => {
  expect(passwordPool()).toBe(passwordPool());
});

test.each(["password", "PassWord1", "12345678", "iloveyou", "qwertyuiop"])("%s is common", async (password) => {
  expect(await isCommonPassword(password)).toBe(true);
});

test.each(["correct horse battery staple", "tr0ub4dor&3", "пароль из фразы"])("%s is not", async (password) => {
  expect(await isCommonPassword(password)).toBe(false);
});
