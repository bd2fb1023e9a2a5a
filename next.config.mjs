/** @type {import("next").NextConfig} */
export default {
  // A build made for tests lies beside the ordinary one and has failpoints compiled in.
  distDir: process.env.PARLEY_TEST_BUILD ? ".next-test" : ".next",
  // Else a lock file in a directory above would be taken for the root.
  turbopack: { root: import.meta.dirname },
  poweredByHeader: false,
  reactStrictMode: true,
  // `npm run check` checks types, those of tests included.
  typescript: { ignoreBuildErrors: true },
  serverExternalPackages: [
    "@aws-sdk/client-s3",
    "@prisma/adapter-pg",
    "@prisma/client",
    "bcryptjs",
    "multer",
    "pg",
    "pino",
    "prom-client",
    "redis",
    "socket.io",
  ],
  // Tests start hundreds of servers, of which few are asked for a page: there, each is loaded when it is first asked for.
  experimental: { preloadEntriesOnStart: !process.env.PARLEY_TEST_BUILD },
  compiler: {
    defineServer: { "process.env.PARLEY_FAILPOINTS": process.env.PARLEY_TEST_BUILD ? "built-in" : "none" },
  },
};
