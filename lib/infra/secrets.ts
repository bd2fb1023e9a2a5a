import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Config } from "./config";
import { StartError } from "./start-error";

export interface Secrets {
  jwtSecret: string;
  nextAuthSecret: string;
}

/** What people paste from examples, or type to get past the length. */
function isSample(value: string): boolean {
  const words = /change.?me|secret.?here|your.?(secret|key)|example|placeholder|replace.?(me|this)/i;
  return words.test(value) || new Set(value).size < 8;
}

async function read(file: string): Promise<Secrets | undefined> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw new StartError(`The secrets in ${file} cannot be read (${error.code}). Give this user access to the file.`);
  });
  if (text === undefined) return undefined;
  try {
    const { jwtSecret, nextAuthSecret } = JSON.parse(text) as Record<string, unknown>;
    if (typeof jwtSecret === "string" && typeof nextAuthSecret === "string") return { jwtSecret, nextAuthSecret };
  } catch {
    // Answered below, as a file without the two secrets is.
  }
  throw new StartError(
    `The secrets in ${file} are damaged. Restore the file from a backup: without it no password made so far can be checked.`,
  );
}

async function make(file: string): Promise<Secrets> {
  const made = {
    jwtSecret: randomBytes(48).toString("base64url"),
    nextAuthSecret: randomBytes(48).toString("base64url"),
  };
  try {
    await writeFile(file, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600, flag: "wx" });
    return made;
  } catch (error) {
    // Another replica on the same directory was faster: its secrets count.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return (await read(file)) ?? made;
  }
}

/**
 * The secrets of the environment, and for those left out the ones kept in `<DATA_DIR>/secrets.json` (mode 0600), made
 * at first.
 * @throws {StartError} for a sample value in production, or a file that cannot be read.
 */
export async function readSecrets(config: Config, dataDirectory: string, production: boolean): Promise<Secrets> {
  for (const name of ["JWT_SECRET", "NEXTAUTH_SECRET"] as const) {
    const value = config[name];
    if (production && value !== undefined && isSample(value)) {
      throw new StartError(
        `${name}: this is a sample value. Set a random one ("openssl rand -base64 48") or leave it out.`,
      );
    }
  }
  const { JWT_SECRET: jwtSecret, NEXTAUTH_SECRET: nextAuthSecret } = config;
  if (jwtSecret !== undefined && nextAuthSecret !== undefined) return { jwtSecret, nextAuthSecret };
  await mkdir(dataDirectory, { recursive: true });
  const file = join(dataDirectory, "secrets.json");
  const kept = (await read(file)) ?? (await make(file));
  return { jwtSecret: jwtSecret ?? kept.jwtSecret, nextAuthSecret: nextAuthSecret ?? kept.nextAuthSecret };
}
