import { type Runtime, readConfig, runtime } from "@/lib/infra/config";

/** Provides what a running server knows of itself, for code that is tested without one. */
export function provideRuntime(environment: Record<string, string> = {}, overrides: Partial<Runtime> = {}): Runtime {
  return runtime.provide({
    config: readConfig(environment),
    dataDirectory: "/nowhere",
    jwtSecret: "a secret of the tests, of at least 32 bytes",
    nextAuthSecret: "another secret of the tests, of 32 bytes",
    databaseUrl: "postgresql://nobody@127.0.0.1:1/nothing",
    replicaId: "test",
    version: "0.0.0",
    startedAt: 0,
    production: false,
    ...overrides,
  });
}
