import { randomUUID } from "node:crypto";
import cuid from "@bugsnag/cuid";
import type { Pool } from "pg";
import { signAccessToken } from "@/lib/auth/tokens";
import { readConfig, runtime } from "@/lib/infra/config";
import type { Member } from "./crowd";
import { jwtSecret } from "./servers";

/** What signing tokens asks of a running server. */
function provideSecret(): void {
  if (runtime.find()) return;
  runtime.provide({
    config: readConfig({}),
    dataDirectory: "",
    jwtSecret,
    nextAuthSecret: jwtSecret,
    databaseUrl: "",
    replicaId: randomUUID(),
    version: "",
    startedAt: Date.now(),
    production: true,
  });
}

export interface Person {
  userId: string;
  token: string;
}

/** Signed-in people, without the work of registering each. */
export async function makePeople(pool: Pool, count: number): Promise<Person[]> {
  provideSecret();
  const people = Array.from({ length: count }, () => ({ userId: cuid(), sessionId: cuid() }));
  const userIds = people.map(({ userId }) => userId);
  const sessionIds = people.map(({ sessionId }) => sessionId);
  await pool.query(
    `INSERT INTO "User" (id, email, username, name)
     SELECT id, id || '@example.org', id, 'Somebody Ordinary' FROM unnest($1::text[]) AS id`,
    [userIds],
  );
  await pool.query(
    `INSERT INTO "Session" (id, "userId", device, address, "expiresAt")
     SELECT s, u, 'bench', '127.0.0.1', now() + interval '1 day' FROM unnest($1::text[], $2::text[]) AS t(s, u)`,
    [sessionIds, userIds],
  );
  return Promise.all(people.map(async (person) => ({ ...person, token: (await signAccessToken(person)).token })));
}

/** A room (or direct conversation) of these people. */
export async function makeRoom(pool: Pool, people: Person[], kind: "room" | "dm" = "room"): Promise<string> {
  const id = cuid();
  const userIds = people.map(({ userId }) => userId);
  await pool.query(
    `INSERT INTO "Room" (id, kind, name, "isPrivate", "dmKey", "createdById", "memberCount") VALUES ($1, $2::"RoomKind", $3, true, $4, $5, $6)`,
    [
      id,
      kind,
      kind === "dm" ? "" : id,
      kind === "dm" ? [...userIds].sort().join(" ") : null,
      userIds[0],
      userIds.length,
    ],
  );
  await pool.query(`INSERT INTO "RoomMember" ("roomId", "userId") SELECT $1, unnest($2::text[])`, [id, userIds]);
  return id;
}

/** The same people as members of rooms at our server, and at the bare one, which believes whoever comes. */
export async function makeRooms(
  pool: Pool,
  rooms: { count: number; size: number; kind?: "room" | "dm" },
): Promise<{ parley(batch: boolean): Member[]; bare: Member[] }> {
  const people = await makePeople(pool, rooms.count * rooms.size);
  const members: { person: Person; roomId: string }[] = [];
  for (let index = 0; index < rooms.count; index += 1) {
    const own = people.slice(index * rooms.size, (index + 1) * rooms.size);
    const roomId = await makeRoom(pool, own, rooms.kind);
    for (const person of own) members.push({ person, roomId });
  }
  // As the database itself would have done some minutes after so much was written.
  await pool.query("ANALYZE");
  return {
    parley: (batch) =>
      members.map(({ person, roomId }) => ({ auth: { token: person.token, ...(batch && { batch }) }, roomId })),
    bare: members.map(({ person, roomId }) => ({
      auth: { token: JSON.stringify({ userId: person.userId, roomIds: [roomId] }) },
      roomId,
    })),
  };
}
