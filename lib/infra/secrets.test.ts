import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readConfig } from "./config";
import { readSecrets } from "./secrets";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "parley-secrets-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

const random = "kT3vY8qLrW5nZ2xC7bM4pD9sF6gH1jA0";

test("secrets are made once, kept and readable by the owner only", async () => {
  const first = await readSecrets(readConfig({}), directory, true);
  expect(first.jwtSecret).not.toBe(first.nextAuthSecret);
  expect(Buffer.from(first.jwtSecret, "base64url")).toHaveLength(48);
  expect(statSync(join(directory, "secrets.json")).mode & 0o777).toBe(0o600);
  expect(await readSecrets(readConfig({}), directory, true)).toEqual(first);
});

test("replicas that start together on one directory agree", async () => {
  const all = await Promise.all([1, 2, 3, 4].map(() => readSecrets(readConfig({}), directory, true)));
  expect(new Set(all.map((secrets) => secrets.jwtSecret)).size).toBe(1);
});

test("the environment goes before the file, one by one", async () => {
  const secrets = await readSecrets(readConfig({ JWT_SECRET: random }), directory, true);
  expect(secrets.jwtSecret).toBe(random);
  expect(JSON.parse(readFileSync(join(directory, "secrets.json"), "utf8")).nextAuthSecret).toBe(secrets.nextAuthSecret);
});

test.each(["change-me-change-me-change-me-change-me", "a".repeat(40), "your-secret-0123456789-0123456789-ab"])(
  "the sample value %s is refused in production",
  async (JWT_SECRET) => {
    const config = readConfig({ JWT_SECRET, NEXTAUTH_SECRET: random });
    await expect(readSecrets(config, directory, true)).rejects.toThrow(/^JWT_SECRET: this is a sample value/);
    expect(await readSecrets(config, directory, false)).toMatchObject({ jwtSecret: JWT_SECRET });
  },
);

test("a damaged file is not silently replaced", async () => {
  writeFileSync(join(directory, "secrets.json"), "{");
  await expect(readSecrets(readConfig({}), directory, true)).rejects.toThrow(/damaged/);
});
