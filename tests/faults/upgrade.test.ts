import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Client } from "pg";
import { call } from "../harness/call";
import { register } from "../harness/people";
import { scenario } from "./stage/scenario";

const root = resolve(import.meta.dirname, "..", "..");
const migrations = join("prisma", "migrations");
/** Long enough a history that building an index over it takes a while. */
const HISTORY = 100_000;

const git = (...args: string[]) =>
  execFileSync("git", args, { cwd: root, encoding: "utf8", maxBuffer: 1 << 30 }).trim();

/** The commit before the newest two migrations came. */
function commitBefore(): string {
  const newest = readdirSync(join(root, migrations), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
    .slice(-2);
  try {
    const added = newest.map((name) => git("log", "--diff-filter=A", "--format=%H", "--", join(migrations, name)));
    const oldest = git("rev-list", "--no-walk", ...added)
      .split("\n")
      .at(-1);
    return git("rev-parse", "--verify", `${oldest}^`);
  } catch {
    throw new Error("The version before is not here: this needs the repository with its history, not only its files.");
  }
}

/** The version before, built like the present one. */
function buildVersionBefore(): string {
  const directory = mkdtempSync(join(tmpdir(), "parley-before-"));
  const archive = join(directory, "archive.tar");
  git("archive", "--output", archive, commitBefore());
  const home = join(directory, "parley");
  mkdirSync(home);
  execFileSync("tar", ["-xf", archive, "-C", home]);
  try {
    execFileSync("cp", ["-al", join(root, "node_modules"), join(home, "node_modules")], { stdio: "ignore" });
  } catch {
    cpSync(join(root, "node_modules"), join(home, "node_modules"), { recursive: true, verbatimSymlinks: true });
  }
  execFileSync(process.execPath, [join("scripts", "build.mjs"), "--tests"], { cwd: home, stdio: "ignore" });
  return home;
}

let before: string;

// What the stage starts is the version before, until a replica is started without this.
beforeAll(() => {
  before = buildVersionBefore();
  process.env.PARLEY_TEST_ROOT = before;
}, 300_000);

afterAll(() => {
  delete process.env.PARLEY_TEST_ROOT;
  rmSync(resolve(before, ".."), { recursive: true, force: true });
});

async function query(url: string, sql: string) {
  const client = new Client({ connectionString: url });
  await client.connect();
  return (await client.query(sql).finally(() => client.end())).rows;
}

const shippedIn = (home: string) =>
  readdirSync(join(home, migrations))
    .filter((name) => /^\d/.test(name))
    .sort();
const names = async (url: string) =>
  (await query(url, `SELECT migration_name FROM "_prisma_migrations" ORDER BY 1`)).map((row) => row.migration_name);

scenario(
  "F05",
  "an upgrade: the version before serves while the new one migrates and takes over",
  async (stage) => {
    const { fleet } = stage;
    const [shipped, earlier] = [shippedIn(root), shippedIn(before)];
    expect(await names(fleet.databaseUrl)).toEqual(earlier);
    expect(shipped.length - earlier.length).toBeGreaterThanOrEqual(2);
    await query(
      fleet.databaseUrl,
      `INSERT INTO "User" (id, email, username, name) VALUES ('historian', 'h@example.org', 'historian', 'H');
       INSERT INTO "Room" (id, "lastSeq", rev) VALUES ('history', ${HISTORY}, ${HISTORY});
       INSERT INTO "Message" (id, "roomId", "userId", seq, rev, "clientId", digest, content)
         SELECT 'history-' || n, 'history', 'historian', n, n, 'client-' || n, 'x', 'number ' || n || ' of a long history'
         FROM generate_series(1, ${HISTORY}) n;
       ANALYZE`,
    );
    await stage.load();
    await stage.untilSent(200);
    const from = Date.now();
    let migrating: [from: number, to: number] | undefined;
    for (const replica of fleet.replicas) {
      await replica.stop();
      await stage.everyoneOnline();
      const starting = Date.now();
      await replica.start({ PARLEY_TEST_ROOT: undefined });
      migrating ??= [starting, Date.now()];
      // Both versions serve, the new schema under both.
      await stage.untilSent(200);
    }
    const to = Date.now();
    await stage.settle();
    expect(await names(fleet.databaseUrl)).toEqual(shipped);
    expect(await query(fleet.databaseUrl, "SELECT count(*)::int AS broken FROM pg_index WHERE NOT indisvalid")).toEqual(
      [{ broken: 0 }],
    );
    const failed = stage.crowd.ledger
      .between(from, to)
      .filter(({ refused, content }) => refused && !content.startsWith("intruding"));
    stage.figure("failed sends that a user saw", failed.length, { atMost: 0 });
    const [begun, ended] = migrating ?? [from, to];
    stage.figure("migrated and ready after", ended - begun, { unit: "ms" });
    stage.figure("ack p50", stage.ackTime(0.5, from, to), { unit: "ms", atMost: 1_000 });
    const somebody = await register(fleet.balancer.url);
    expect(await call(somebody, "GET /api/search", { query: { q: "history" } })).toEqual({ messages: [], next: null });
  },
  { timeout: 240_000, wholeMatrix: true },
);
