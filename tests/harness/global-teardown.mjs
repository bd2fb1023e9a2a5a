/** Runs after all tests, once a project: the first to find the PostgreSQL ends it. */
export default async function teardown() {
  const postgres = globalThis.parleyTestPostgres;
  globalThis.parleyTestPostgres = undefined;
  await postgres?.close();
}
