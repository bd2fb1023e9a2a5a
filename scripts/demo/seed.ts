import type { Pool, PoolClient } from "pg";
import { nameKey } from "@/lib/domain/rooms";
import { type History, historyOf } from "./history";
import type { DemoPerson } from "./people";
import { type PlannedRoom, plan } from "./plan";
import { Random } from "./random";
import { insert } from "./rows";

export interface SeedOptions {
  /** Of the password that everybody shares; people cannot sign in when it is left out. */
  passwordHash?: string;
  people?: number;
  rooms?: number;
  /** In all rooms and direct conversations together. */
  messages?: number;
  /** Everything happened in the three weeks before. */
  now?: Date;
  /** The same number makes the same server. */
  seed?: number;
}

export interface Seeded {
  /** The first owns the server. */
  people: { id: string; username: string; name: string }[];
  rooms: { id: string; kind: "room" | "dm"; name: string; messages: number }[];
}

const HOUR = 3_600_000;

/**
 * Fills an empty database with a team that has worked here for three weeks. One transaction: all of it or nothing.
 * @throws when somebody has an account already.
 */
export async function seed(pool: Pool, options: SeedOptions = {}): Promise<Seeded> {
  const { people: peopleCount = 30, rooms: roomCount = 12, messages = 5_000, now = new Date() } = options;
  const random = new Random(options.seed ?? 1);
  const { people, rooms, since } = plan({ people: peopleCount, rooms: roomCount, messages }, now, random);
  const ids = new Map(people.map((person) => [person, random.id()]));
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    const { rows } = await client.query(`SELECT 1 FROM "User" LIMIT 1`);
    if (rows.length) throw new Error("The server has accounts already.");
    await storePeople(client, people, ids, { since, now, passwordHash: options.passwordHash ?? null }, random);
    const stored: Seeded["rooms"] = [];
    for (const room of rooms) stored.push(await storeRoom(client, room, ids, since, now, random));
    await client.query("COMMIT");
    return {
      people: people.map((person) => ({ id: ids.get(person) ?? "", username: person.username, name: person.name })),
      rooms: stored,
    };
  } catch (error) {
    await client.query("ROLLBACK").catch(() => {});
    throw error;
  } finally {
    client.release();
  }
}

async function storePeople(
  client: PoolClient,
  people: DemoPerson[],
  ids: Map<DemoPerson, string>,
  { since, now, passwordHash }: { since: Date; now: Date; passwordHash: string | null },
  random: Random,
): Promise<void> {
  const rows = people.map((person, index) => ({
    id: ids.get(person),
    email: `${person.username}@example.org`,
    username: person.username,
    name: person.name,
    passwordHash,
    role: index === 0 ? "owner" : "member",
    statusEmoji: person.status?.emoji ?? null,
    statusText: person.status?.text ?? null,
    createdAt: new Date(since.getTime() - (people.length - index) * 60_000),
    lastSeenAt: new Date(now.getTime() - random.between(1, 30) ** 2 * 60_000),
  }));
  await insert(client, "User", rows);
}

async function storeRoom(
  client: PoolClient,
  room: PlannedRoom,
  ids: Map<DemoPerson, string>,
  since: Date,
  now: Date,
  random: Random,
): Promise<Seeded["rooms"][number]> {
  const id = random.id();
  const { kind, name, isPrivate, members } = room;
  const memberIds = members.map((person) => ids.get(person) ?? "");
  const history = historyOf(room, id, ids, now, random);
  const { messages, versions, reactions } = history;
  const createdAt = new Date(Math.min(since.getTime(), (messages[0]?.createdAt ?? since).getTime()) - HOUR);
  await insert(client, "Room", [
    {
      id,
      kind,
      name,
      nameKey: kind === "dm" || isPrivate ? null : nameKey(name),
      description: room.topic,
      isPrivate,
      dmKey: kind === "dm" ? [...memberIds].sort().join(" ") : null,
      createdById: memberIds[0],
      createdAt,
      lastMessageAt: history.lastMessageAt ?? createdAt,
      memberCount: members.length,
      lastSeq: messages.length,
      rev: history.rev,
    },
  ]);
  await insert(
    client,
    "Message",
    messages.map((message) => ({ ...message, roomId: id })),
  );
  await insert(
    client,
    "MessageVersion",
    versions.map(({ messageId, rev, content, editedAt }) => ({ messageId, rev, content, editedAt })),
  );
  await insert(client, "Reaction", reactions);
  await insert(
    client,
    "Mention",
    messages.flatMap(({ id: messageId, seq, userId: authorId, mentions }) =>
      mentions.filter((userId) => userId !== authorId).map((userId) => ({ userId, roomId: id, seq, messageId })),
    ),
  );
  await storeMembers(client, { room, id, memberIds, history, createdAt, now }, random);
  return { id, kind, name, messages: messages.length };
}

/** Half of the people have read everything, the others are a little behind; nobody is behind what they said themselves. */
async function storeMembers(
  client: PoolClient,
  place: { room: PlannedRoom; id: string; memberIds: string[]; history: History; createdAt: Date; now: Date },
  random: Random,
): Promise<void> {
  const { room, id: roomId, memberIds, history, createdAt, now } = place;
  const { messages } = history;
  const own = new Map(messages.map(({ userId, seq }) => [userId, seq]));
  const marks = memberIds.map((userId, index) => {
    const behind = index === 0 || random.chance(0.5) ? 0 : random.between(1, 25);
    return { userId, seq: Math.max(own.get(userId) ?? 0, messages.length - behind, 0) };
  });
  const first = room.members.findIndex(({ username }) => username === "ada");
  const hers = marks[first];
  if (hers) hers.seq = Math.max(own.get(hers.userId) ?? 0, messages.length - room.unread);
  await insert(
    client,
    "RoomMember",
    marks.map(({ userId, seq }, index) => ({
      roomId,
      userId,
      role: room.kind === "dm" || index > 1 ? "member" : index === 0 ? "admin" : "moderator",
      joinedAt: createdAt,
      lastReadSeq: seq,
      starred: index === first && room.starred,
    })),
  );
  const receipts = marks.flatMap(({ userId, seq }) => {
    const message = messages[seq - 1];
    if (!message) return [];
    const readAt = Math.min(message.createdAt.getTime() + random.between(1, 3_000) * 1_000, now.getTime() - 1_000);
    return [{ roomId, userId, messageId: message.id, seq, readAt: new Date(readAt) }];
  });
  await insert(client, "ReadReceipt", receipts);
}
