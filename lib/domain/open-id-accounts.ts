import { randomInt } from "node:crypto";
import { unauthorized } from "@/lib/auth/tokens";
import { database } from "@/lib/infra/database";
import { isAppError } from "@/lib/protocol/errors";
import { displayName, username } from "@/lib/protocol/primitives";
import { assertMayRegister, createAccount } from "./accounts";
import { type Client, start, type Tokens } from "./sessions";
import { isReserved } from "./usernames";

interface VouchedFor {
  email: string;
  name?: string | undefined;
  wantedUsername?: string | undefined;
}

/**
 * Signs in by an address that a trusted provider has verified, making the account at the first time. An account with
 * a password is refused: its address was never verified here, so whoever made it may be somebody else.
 * @throws {AppError} `unauthorized`, `forbidden` when registration is not open.
 */
export async function signInByEmail(person: VouchedFor, client: Client): Promise<Tokens> {
  const { rows } = await database
    .get()
    .pool.query<{ id: string; passwordHash: string | null }>(`SELECT id, "passwordHash" FROM "User" WHERE email = $1`, [
      person.email,
    ]);
  const [known] = rows;
  if (known?.passwordHash) throw unauthorized();
  return start(known?.id ?? (await makeAccount(person)), client);
}

async function makeAccount({ email, name, wantedUsername }: VouchedFor): Promise<string> {
  await assertMayRegister();
  const chosen = displayName.safeParse(name);
  const base = usernameFrom(wantedUsername ?? email);
  for (let attempt = 0; ; attempt += 1) {
    const candidate = attempt === 0 && !isReserved(base) ? base : `${base.slice(0, 26)}-${randomInt(1_000, 99_999)}`;
    try {
      const row = await createAccount({ email, username: candidate, name: chosen.data ?? candidate }, null);
      return row.id;
    } catch (error) {
      const taken = isAppError(error) && error.code === "conflict" && error.details?.username;
      if (!taken || attempt >= 5) throw error;
    }
  }
}

/** The nearest username to a name or the part of an address before the @. */
function usernameFrom(text: string): string {
  const plain = (text.split("@")[0] ?? "")
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "")
    .replace(/^[._-]+/, "")
    .slice(0, 32)
    .replace(/[._-]+$/, "");
  return username.safeParse(plain).data ?? `person-${randomInt(1_000, 99_999)}`;
}
