import { query } from "./database";
import { redis } from "./redis";
import { service } from "./registry";

/** What replicas of one database share, whatever they are called elsewhere. */
export interface Installation {
  /**
   * Redis keys and channels of this installation: pub/sub knows no database numbers. Not in braces in a cluster, over whose nodes
   * they are to spread; in them for a single Redis, where replicas of different versions must mean the same.
   */
  prefix: string;
}

export const installation = service<Installation>("installation");

/** Reads what names this installation; the migrations have made it. */
export async function readInstallation(): Promise<Installation> {
  const [row] = await query<{ instance: string }>({ name: "installation", text: `SELECT instance FROM "Server"` }, []);
  if (!row) throw new Error("The database has no Server row; the migrations did not finish.");
  const name = `parley:${row.instance}`;
  return { prefix: redis.find()?.cluster ? name : `{${name}}` };
}
