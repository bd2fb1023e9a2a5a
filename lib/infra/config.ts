import { z } from "zod";
import { service } from "./registry";

const origin = z.string().refine((value) => {
  const url = URL.parse(value);
  return url !== null && /^https?:$/.test(url.protocol) && url.origin === value.replace(/\/$/, "");
}, "must be an origin such as https://chat.example.org, without a path");

const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be a whole number from ${min} to ${max}`);

const urlOf = (protocols: string[], example: string) =>
  z
    .string()
    .refine((value) => protocols.includes(URL.parse(value)?.protocol ?? ""), `must be an address such as ${example}`);

const secret = z.string().refine((value) => Buffer.byteLength(value) >= 32, "must be at least 32 bytes long");

/**
 * Every variable that Parley reads, its default and its meaning; `.env.example` and docs/operations/README.md say the
 * same, which a test holds.
 */
export const variables = {
  PORT: wholeNumber(0, 65_535).default(3_000).describe("Port to listen on"),
  HOST: z.string().min(1).optional().describe("Address to listen on; all interfaces when left out"),
  NEXTAUTH_URL: origin.optional().describe("The public address; when set, the only own origin"),
  ALLOWED_ORIGINS: z
    .string()
    .default("")
    .transform((value) =>
      value
        .split(",")
        .map((entry) => entry.trim().replace(/\/$/, ""))
        .filter(Boolean),
    )
    .pipe(z.array(origin))
    .describe("Further exact origins, comma-separated"),
  DATA_DIR: z.string().min(1).default("./data").describe("Embedded database, files and secrets"),
  DATABASE_URL: urlOf(["postgres:", "postgresql:"], "postgresql://user:password@host:5432/parley")
    .optional()
    .describe("A PostgreSQL of version 15 or later; an embedded one in DATA_DIR when left out"),
  DATABASE_REPLICA_URL: urlOf(["postgres:", "postgresql:"], "postgresql://user:password@host:5432/parley")
    .optional()
    .describe("A read replica of that database"),
  REDIS_URL: z
    .string()
    .refine(
      (value) => value.split(",").every((part) => /^(redis|rediss):$/.test(URL.parse(part.trim())?.protocol ?? "")),
      "must be an address such as redis://host:6379",
    )
    .optional()
    .describe("A Redis of version 6.2 or later, comma-separated for a cluster; one process in memory when left out"),
  NEXTAUTH_SECRET: secret
    .optional()
    .describe("Secret of NextAuth; made on first start and kept in DATA_DIR when left out"),
  JWT_SECRET: secret
    .optional()
    .describe(
      "Secret that signs access tokens and keys password hashes, so that another one makes every password useless; made on first start and kept in DATA_DIR when left out",
    ),
  OIDC_ISSUER: urlOf(["http:", "https:"], "https://login.example.org")
    .optional()
    .describe("OpenID Connect provider that people may sign in with; none when left out"),
  OIDC_CLIENT_ID: z.string().min(1).optional().describe("Client id at that provider"),
  OIDC_CLIENT_SECRET: z.string().min(1).optional().describe("Client secret at that provider"),
  AWS_S3_BUCKET: z.string().min(1).optional().describe("Bucket for files; files on disk in DATA_DIR when left out"),
  AWS_REGION: z.string().min(1).default("us-east-1").describe("Region of the bucket"),
  AWS_ACCESS_KEY_ID: z.string().min(1).optional().describe("Access key of the bucket"),
  AWS_SECRET_ACCESS_KEY: z.string().min(1).optional().describe("Secret key of the bucket"),
  S3_ENDPOINT: urlOf(["http:", "https:"], "https://s3.example.org")
    .optional()
    .describe("Address of an S3 service other than AWS"),
  TRUST_PROXY: wholeNumber(0, 10).default(0).describe("Number of proxies in front whose X-Forwarded-* headers count"),
  REGISTRATION: z
    .enum(["open", "invite", "closed"], "must be open, invite or closed")
    .default("open")
    .describe("Who may register"),
  RATE_LIMIT_FACTOR: z
    .string()
    .regex(/^\d+(\.\d+)?$/, "must be a number above 0")
    .transform(Number)
    .refine((value) => value > 0 && value <= 1_000_000, "must be a number above 0")
    .default(1)
    .describe("Multiplies every rate and connection limit"),
  METRICS_PORT: wholeNumber(1, 65_535)
    .optional()
    .describe("Port of its own for /metrics: of this machine only, or of HOST when METRICS_TOKEN guards it"),
  METRICS_TOKEN: secret
    .optional()
    .describe("Who presents it as a bearer token may read /metrics, on METRICS_PORT if there is one, else on PORT"),
  LOG_LEVEL: z
    .enum(
      ["fatal", "error", "warn", "info", "debug", "trace", "silent"],
      "must be one of fatal, error, warn, info, debug, trace, silent",
    )
    .default("info")
    .describe("How much is logged"),
} as const;

const schema = z.object(variables);
export type Config = z.infer<typeof schema>;

/** Says which variables are wrong, one line each, so that an operator can mend them without reading code. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/**
 * Parses the environment. Empty values count as left out.
 * @throws {ConfigError} naming each bad variable and what it should be.
 */
export function readConfig(environment: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(
    Object.keys(variables)
      .map((name) => [name, environment[name]?.trim()] as const)
      .filter(([, value]) => value !== undefined && value !== ""),
  );
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const lines = result.error.issues.map((issue) => `${String(issue.path[0])}: ${issue.message}`);
  throw new ConfigError([...new Set(lines)].join("\n"));
}

/** What one running server knows of itself. */
export interface Runtime {
  config: Config;
  /** Absolute. */
  dataDirectory: string;
  /** Signs access tokens and keys the password pepper. */
  jwtSecret: string;
  nextAuthSecret: string;
  databaseUrl: string;
  replicaId: string;
  version: string;
  startedAt: number;
  production: boolean;
}

export const runtime = service<Runtime>("runtime");
