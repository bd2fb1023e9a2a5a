import { runtime } from "@/lib/infra/config";
import { database } from "@/lib/infra/database";

export interface Welcome {
  /** Nobody has an account yet: whoever comes first owns the server. */
  empty: boolean;
  /** Whether strangers may register. On an empty server always. */
  open: boolean;
}

/** What the pages before signing in say to a stranger. */
export async function welcome(): Promise<Welcome> {
  const anyone = await database.get().prisma.user.findFirst({ where: { isBot: false }, select: { id: true } });
  const empty = anyone === null;
  return { empty, open: empty || runtime.get().config.REGISTRATION === "open" };
}
