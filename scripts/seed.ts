/** `npm run seed` fills an empty server with a team, its rooms and three weeks of their talk, to look at and to try out. */
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { closePasswordPool } from "@/lib/auth/password-pool";
import { hashPassword } from "@/lib/auth/passwords";
import { isEmptyServer } from "@/lib/domain/accounts";
import { ConfigError, readConfig, runtime } from "@/lib/infra/config";
import { closeDatabase, database, openDatabase } from "@/lib/infra/database";
import { startEmbeddedPostgres } from "@/lib/infra/embedded-postgres";
import { migrate } from "@/lib/infra/migrations";
import { readSecrets } from "@/lib/infra/secrets";
import { StartError } from "@/lib/infra/start-error";
import { seed } from "./demo/seed";

const root = resolve(import.meta.dirname, "..");
const password = "harbor lights at seven";

async function run(): Promise<void> {
  if (existsSync(join(root, ".env"))) process.loadEnvFile(join(root, ".env"));
  const config = readConfig(process.env);
  const dataDirectory = resolve(root, config.DATA_DIR);
  await mkdir(dataDirectory, { recursive: true });
  const secrets = await readSecrets(config, dataDirectory, true);
  const embedded = config.DATABASE_URL ? undefined : await startEmbeddedPostgres(join(dataDirectory, "postgres"));
  const databaseUrl = config.DATABASE_URL ?? embedded?.url ?? "";
  try {
    await migrate(databaseUrl, join(root, "prisma", "migrations"));
    runtime.provide({
      config,
      dataDirectory,
      ...secrets,
      databaseUrl,
      replicaId: "seed",
      version: "",
      startedAt: Date.now(),
      production: true,
    });
    const opened = database.provide(openDatabase(databaseUrl, { connections: 2 }));
    try {
      if (!(await isEmptyServer())) {
        throw new StartError(
          "This server has accounts already, and the demo would mix with them. Set DATA_DIR or DATABASE_URL to an empty one.",
        );
      }
      const { people, rooms } = await seed(opened.pool, { passwordHash: await hashPassword(password) });
      const messages = rooms.reduce((sum, room) => sum + room.messages, 0);
      const places = rooms.filter(({ kind }) => kind === "room").length;
      process.stdout.write(`\n  ${people.length} people, ${places} rooms, ${messages} messages.\n`);
      process.stdout.write(`  Start the server and sign in as "ada" with the password "${password}".\n`);
      const others = people.slice(1, 5).map(({ username }) => username);
      process.stdout.write(`  Everybody else has the same password: ${others.join(", ")} …\n\n`);
    } finally {
      await closePasswordPool();
      await closeDatabase(opened);
    }
  } finally {
    await embedded?.stop();
  }
}

try {
  await run();
} catch (error) {
  if (!(error instanceof StartError || error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
