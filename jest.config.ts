/**
 * Node 20 reads no TypeScript by itself: Jest loads this file through esbuild.
 * @jest-config-loader esbuild-register
 */
import type { Config } from "jest";

const shared = {
  testEnvironment: "node",
  extensionsToTreatAsEsm: [".ts", ".tsx"],
  moduleNameMapper: { "^@/(.*)$": "<rootDir>/$1" },
  modulePathIgnorePatterns: ["<rootDir>/(\\.next|\\.next-test|dist|data)/"],
  transform: {
    "^.+\\.tsx?$": [
      "@swc/jest",
      {
        jsc: {
          parser: { syntax: "typescript", tsx: true },
          target: "es2022",
          transform: { react: { runtime: "automatic" } },
        },
        module: { type: "es6" },
      },
    ],
  },
};

/** Tests that start real servers share one PostgreSQL and one build, made once a run. */
const withServers = {
  ...shared,
  globalSetup: "<rootDir>/tests/harness/global-setup.mjs",
  globalTeardown: "<rootDir>/tests/harness/global-teardown.mjs",
};

const config: Config = {
  // Servers start in some of them, on machines that are busy with the others.
  testTimeout: 30_000,
  projects: [
    {
      ...shared,
      displayName: "unit",
      testMatch: ["<rootDir>/(app|components|lib|scripts|server)/**/*.test.{ts,tsx}"],
    },
    { ...withServers, displayName: "integration", testMatch: ["<rootDir>/tests/(integration|abuse)/**/*.test.ts"] },
    { ...withServers, displayName: "e2e", testMatch: ["<rootDir>/tests/e2e/**/*.test.ts"] },
    { ...withServers, displayName: "faults", testMatch: ["<rootDir>/tests/faults/**/*.test.ts"] },
  ],
};

export default config;
