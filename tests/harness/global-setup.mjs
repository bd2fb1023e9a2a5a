import { tsImport } from "tsx/esm/api";

/** One PostgreSQL for all projects of a run: the first one's set-up starts it, and it ends with the process. */
export default async function setup() {
  if (process.env.PARLEY_TEST_POSTGRES) return;
  const { startPostgres } = await tsImport("./postgres.ts", import.meta.url);
  const postgres = await startPostgres();
  process.env.PARLEY_TEST_POSTGRES = new URL(postgres.url()).port;
  globalThis.parleyTestPostgres = postgres;
}
