import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import request from "supertest";
import { atEnd } from "../harness/cleanup";
import { testDatabase } from "../harness/postgres";
import { type Program, startProgram } from "../harness/processes";
import { startReplica } from "../harness/replica";
import { waitFor } from "../harness/wait-for";

const root = resolve(import.meta.dirname, "..", "..");

function dataDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "parley data "));
  atEnd(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** The built server with exactly these variables besides the usual ones. */
function launch(env: Record<string, string | undefined>): Program {
  const program = startProgram(process.execPath, [join(root, "dist", "server-test", "index.mjs")], {
    env: {
      ...process.env,
      NODE_ENV: "production",
      NODE_OPTIONS: "",
      PARLEY_TEST_BUILD: "1",
      HOST: "127.0.0.1",
      PORT: "0",
      LOG_LEVEL: "info",
      DATABASE_URL: undefined,
      ...env,
    },
  });
  atEnd(() => program.kill("SIGKILL"));
  return program;
}

async function ready(program: Program): Promise<string> {
  const found = await waitFor(() => /ready: http:\/\/[^:]+:(\d+)/.exec(program.output()), {
    timeout: 20_000,
    what: "the server to be ready",
  }).catch((error: Error) => {
    throw new Error(`${error.message}\n${program.output()}`);
  });
  return `http://127.0.0.1:${found[1]}`;
}

/** What it printed before it gave up, without its log. */
async function refusal(env: Record<string, string | undefined>): Promise<string[]> {
  const program = launch({ LOG_LEVEL: "silent", ...env });
  expect(await program.ended).toBe(1);
  return program
    .output()
    .trim()
    .split("\n")
    .filter((line) => !line.includes("next.config.mjs"));
}

describe("with nothing configured", () => {
  test("it makes its database and secrets, survives kill -9 and ends in order", async () => {
    const data = dataDirectory();
    const first = launch({ DATA_DIR: data });
    await request(await ready(first))
      .get("/health")
      .expect(200);
    expect(statSync(join(data, "secrets.json")).mode & 0o777).toBe(0o600);
    expect(statSync(join(data, "postgres", "password")).mode & 0o777).toBe(0o600);
    const secrets = readFileSync(join(data, "secrets.json"), "utf8");

    const second = await refusal({ DATA_DIR: data });
    expect(second).toEqual([expect.stringMatching(/is in use by another Parley\. Stop that one/)]);

    await first.kill("SIGKILL");
    const orphan = Number(readFileSync(join(data, "postgres", "db", "postmaster.pid"), "utf8").split("\n")[0]);
    const third = launch({ DATA_DIR: data });
    const url = await ready(third);
    const { body } = await request(url).get("/health").expect(200);
    expect(body).toMatchObject({ checks: { database: { status: "ok" }, redis: "memory" } });
    expect(readFileSync(join(data, "secrets.json"), "utf8")).toBe(secrets);
    expect(() => process.kill(orphan, 0)).toThrow();

    expect(await third.kill("SIGTERM")).toBe(0);
    expect(existsSync(join(data, "postgres", "db", "postmaster.pid"))).toBe(false);
    expect(existsSync(join(data, "postgres", "lock"))).toBe(false);
  }, 60_000);

  test("a database that dies is started again, without a restart of the server", async () => {
    const data = dataDirectory();
    const server = launch({ DATA_DIR: data });
    const url = await ready(server);
    const file = join(data, "postgres", "db", "postmaster.pid");
    process.kill(Number(readFileSync(file, "utf8").split("\n")[0]), "SIGKILL");
    await waitFor(() => server.output().includes("the embedded database runs again"), { timeout: 20_000 });
    await waitFor(async () => (await request(url).get("/health")).body.checks.database.status === "ok", {
      what: "health to be ok",
    });
    expect(await server.kill("SIGTERM")).toBe(0);
  }, 60_000);
});

describe("what keeps it from starting is one line", () => {
  test("a busy port", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await waitFor(() => other.listening);
    atEnd(() => other.close());
    const address = other.address();
    const port = typeof address === "object" && address ? address.port : 0;
    const lines = await refusal({ PORT: String(port), DATA_DIR: dataDirectory(), DATABASE_URL: await testDatabase() });
    expect(lines).toEqual([`Port ${port} is in use by another program. Stop it, or set PORT to another number.`]);
  });

  test("malformed variables, each named", async () => {
    const lines = await refusal({ PORT: "many", REGISTRATION: "maybe", DATA_DIR: dataDirectory() });
    expect(lines.map((line) => line.split(":")[0]).sort()).toEqual(["PORT", "REGISTRATION"]);
  });

  test("a data directory that cannot be written", async () => {
    const file = join(dataDirectory(), "file");
    execFileSync("touch", [file]);
    chmodSync(file, 0o600);
    const lines = await refusal({ DATA_DIR: file });
    expect(lines).toEqual([expect.stringMatching(/^The data directory .* cannot be written .*set DATA_DIR/)]);
  });

  test("a database that does not answer", async () => {
    const lines = await refusal({
      DATA_DIR: dataDirectory(),
      DATABASE_URL: "postgresql://someone:secret@127.0.0.1:9/parley",
    });
    expect(lines).toEqual([expect.stringMatching(/^DATABASE_URL: no PostgreSQL answers at 127\.0\.0\.1:9 /)]);
    expect(lines.join()).not.toContain("secret");
  });

  test("a sample value for a secret", async () => {
    const lines = await refusal({ DATA_DIR: dataDirectory(), JWT_SECRET: "changeme-changeme-changeme-changeme" });
    expect(lines).toEqual([expect.stringMatching(/^JWT_SECRET: this is a sample value/)]);
  });
});

describe("health", () => {
  test("answers within 50 ms, and only that the process turns at /health/live", async () => {
    const replica = await startReplica();
    const times: number[] = [];
    for (let count = 0; count < 9; count += 1) {
      const since = performance.now();
      await request(replica.url).get("/health").expect(200);
      times.push(performance.now() - since);
    }
    expect(times.sort((one, other) => one - other)[4]).toBeLessThan(50);
    const { body } = await request(replica.url).get("/health").expect(200);
    // The machine may be busy with the other tests, and the server's event loop then rightly late.
    expect(body).toEqual({
      status: expect.stringMatching(/ok|degraded/),
      version: expect.any(String),
      uptime: expect.any(Number),
      checks: {
        database: { status: "ok", ms: expect.any(Number) },
        redis: "memory",
        storage: { status: "ok", ms: expect.any(Number) },
        eventLoop: { status: expect.stringMatching(/ok|degraded/), ms: expect.any(Number) },
      },
    });
    await request(replica.url).get("/health/live").expect(200, { status: "ok" });
    expect(replica.logs()).not.toContain('"/health');
    expect(await replica.stop()).toBe(0);
  });
});
