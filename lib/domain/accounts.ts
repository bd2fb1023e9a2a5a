import cuid from "@bugsnag/cuid";
import { isCommonPassword } from "@/lib/auth/common-passwords";
import { tokenHash } from "@/lib/auth/keys";
import { hashPassword, isPassword } from "@/lib/auth/passwords";
import { addressKey } from "@/lib/infra/address";
import { runtime } from "@/lib/infra/config";
import { database, transaction } from "@/lib/infra/database";
import { giveBack, take } from "@/lib/infra/rate-limits";
import { AppError, invalid } from "@/lib/protocol/errors";
import type { Me } from "@/lib/protocol/objects";
import type { LoginInput, RegisterInput } from "@/lib/protocol/routes";
import { announceEnd, type Client, revokeAllIn, start, type Tokens } from "./sessions";
import { type MeRow, meView } from "./user-view";
import { assertUsernameFree } from "./usernames";

export interface SignedIn {
  user: Me;
  tokens: Tokens;
}

/** Any number will do, as long as nothing else locks it: held while it is decided who comes first. */
const registrationLock = 7_205_001;

/** Whether nobody has an account yet; the first who makes one owns the server. */
export async function isEmptyServer(): Promise<boolean> {
  const { rows } = await database
    .get()
    .pool.query<{ taken: boolean }>(`SELECT EXISTS (SELECT 1 FROM "User" WHERE NOT "isBot") AS taken`);
  return rows[0]?.taken !== true;
}

/**
 * Makes an account and signs it in. The first account of a server is its owner, also when several come at once.
 * @throws {AppError} `invalid` (reserved username, common password), `conflict` naming the field taken, `forbidden`
 * when registration is not open, `rate_limited` by address, `unavailable`.
 */
export async function register(input: RegisterInput, client: Client): Promise<SignedIn> {
  assertUsernameFree(input.username);
  await assertUncommon(input.password, "password");
  await take("register", addressKey(client.address));
  await assertMayRegister();
  await assertNotTaken(input);
  const passwordHash = await hashPassword(input.password);
  const row = await createAccount(input, passwordHash);
  return { user: meView(row), tokens: await start(row.id, client) };
}

async function assertUncommon(password: string, field: string): Promise<void> {
  if (await isCommonPassword(password))
    throw invalid({ [field]: "is one of the most common passwords. Choose another" });
}

/** @throws {AppError} `forbidden` unless registration is open or nobody has an account yet. */
export async function assertMayRegister(): Promise<void> {
  const policy = runtime.get().config.REGISTRATION;
  if (policy === "open" || (await isEmptyServer())) return;
  throw closed();
}

function closed(): AppError {
  return new AppError("forbidden", "New accounts cannot be made here. Ask whoever runs this server for one.");
}

async function assertNotTaken({ email, username }: Pick<RegisterInput, "email" | "username">): Promise<void> {
  const { rows } = await database
    .get()
    .pool.query<{ email: string }>(`SELECT email FROM "User" WHERE email = $1 OR username = $2`, [email, username]);
  if (rows.some((row) => row.email === email)) throw taken("email");
  if (rows.length > 0) throw taken("username");
}

function taken(field: "email" | "username"): AppError {
  const message =
    field === "email" ? "There is an account with this email already. Sign in instead." : "This username is taken.";
  return new AppError("conflict", message, { [field]: "is taken" });
}

/**
 * Stores an account, as the owner's when it is the first. `passwordHash` is null for people who sign in elsewhere.
 * @throws {AppError} `conflict` naming the field taken, `forbidden` when registration is not open.
 */
export async function createAccount(
  { email, username, name }: Omit<RegisterInput, "password">,
  passwordHash: string | null,
): Promise<MeRow> {
  const row = await transaction(async (db) => {
    await db.query("SELECT pg_advisory_xact_lock($1)", [registrationLock]);
    const { rows } = await db.query<MeRow & { first: boolean }>(
      `INSERT INTO "User" (id, email, username, name, "passwordHash", role)
       SELECT $1, $2, $3, $4, $5,
         CASE WHEN EXISTS (SELECT 1 FROM "User" WHERE NOT "isBot") THEN 'member' ELSE 'owner' END::"ServerRole"
       ON CONFLICT DO NOTHING RETURNING *`,
      [cuid(), email, username, name ?? username, passwordHash],
    );
    const [created] = rows;
    // The door may have closed behind a first account that was made while this one waited.
    if (created?.role === "member" && runtime.get().config.REGISTRATION !== "open") {
      throw closed();
    }
    return created;
  });
  if (row) return row;
  await assertNotTaken({ email, username });
  throw taken("username");
}

/**
 * Signs in by email or username. Wrong name and wrong password cost the same time and read the same.
 * @throws {AppError} `unauthorized`, `rate_limited` by account and by address, `unavailable`.
 */
export async function logIn({ login, password }: LoginInput, client: Client): Promise<SignedIn> {
  const address = addressKey(client.address);
  await take("loginAddress", address);
  const row = await findByLogin(login);
  // Hashed, because people type passwords into this field too.
  const account = `${row?.id ?? tokenHash(login)}|${address}`;
  await take("login", account);
  const correct = await isPassword(password, row?.passwordHash);
  if (!row?.passwordHash || !correct || row.deactivatedAt) {
    throw new AppError("unauthorized", "The name or the password is not right. Check both and try again.");
  }
  const tokens = await start(row.id, client, row.passwordHash);
  // Only failures count against an account, or signing in on several devices would lock it.
  await giveBack("login", account);
  return { user: meView(row), tokens };
}

type AccountRow = MeRow & { passwordHash: string | null; deactivatedAt: Date | null };

async function findByLogin(login: string): Promise<AccountRow | undefined> {
  const column = login.includes("@") ? "email" : "username";
  const value = login
    .trim()
    .normalize(column === "email" ? "NFC" : "NFKC")
    .toLowerCase();
  if (!value.isWellFormed() || value.includes("\0")) return undefined;
  const { rows } = await database.get().pool.query<AccountRow>(`SELECT * FROM "User" WHERE ${column} = $1`, [value]);
  return rows[0];
}

/**
 * Sets a new password and ends every session but `keepSession`.
 * @throws {AppError} `invalid` naming `currentPassword` or `password`, `rate_limited`, `unavailable`.
 */
export async function changePassword(
  userId: string,
  current: string,
  next: string,
  keepSession: string,
): Promise<void> {
  await take("password", userId);
  await assertUncommon(next, "password");
  const { rows } = await database
    .get()
    .pool.query<{ passwordHash: string | null }>(`SELECT "passwordHash" FROM "User" WHERE id = $1`, [userId]);
  const before = rows[0]?.passwordHash;
  if (!(await isPassword(current, before))) throw invalid({ currentPassword: "is not right" });
  const passwordHash = await hashPassword(next);
  const ended = await transaction(async (db) => {
    const { rowCount } = await db.query(
      `UPDATE "User" SET "passwordHash" = $3 WHERE id = $1 AND "passwordHash" = $2 AND "deactivatedAt" IS NULL`,
      [userId, before, passwordHash],
    );
    if (rowCount === 0) throw invalid({ currentPassword: "is not right" });
    return revokeAllIn(db, userId, keepSession);
  });
  announceEnd(ended);
}
