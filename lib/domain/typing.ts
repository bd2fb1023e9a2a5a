import { query, type Statement } from "@/lib/infra/database";
import { leases } from "@/lib/infra/leases";
import { publisher } from "@/lib/infra/publish";
import { service } from "@/lib/infra/registry";
import { notFound } from "@/lib/protocol/errors";
import type { ServerPayload } from "@/lib/protocol/events";
import { TYPING_TTL_MS } from "@/lib/protocol/limits";
import { type UserRow, userView } from "./user-view";

/** Typing is never stored: a lease a person, room and thread. */
export interface Place {
  roomId: string;
  threadId?: string | undefined;
}

const held = () => leases("typing");

/**
 * What was started here and not yet stopped, by user, each until when: so that a message or a lost socket ends it without
 * asking Redis each time.
 */
const localService = service<Map<string, Map<string, number>>>("typing-here");
const local = () => localService.find() ?? localService.provide(new Map());

const typist: Statement<UserRow> = {
  name: "typist",
  text: `
    SELECT u.* FROM "RoomMember" m JOIN "User" u ON u.id = m."userId" JOIN "Room" r ON r.id = m."roomId"
    WHERE m."roomId" = $1 AND m."userId" = $2 AND r."archivedAt" IS NULL`,
};

function subjectOf(userId: string, { roomId, threadId }: Place): string {
  return JSON.stringify([userId, roomId, ...(threadId ? [threadId] : [])]);
}

async function announce(event: "typing:start" | "typing:stop", userId: string, place: Place): Promise<void> {
  const [row] = await query(typist, [place.roomId, userId]);
  if (!row) throw notFound("This room");
  const { roomId, threadId } = place;
  const payload: ServerPayload<"typing:start"> = { roomId, ...(threadId && { threadId }), user: userView(row) };
  publisher.get().emit({ room: roomId, exceptUser: userId }, event, payload);
}

/** @throws {AppError} `not_found` for a stranger to the room. */
export async function start(userId: string, place: Place): Promise<void> {
  await announce("typing:start", userId, place);
  const subject = subjectOf(userId, place);
  remember(userId, subject);
  await held().hold(subject, userId, TYPING_TTL_MS);
}

/** @throws {AppError} `not_found` for a stranger to the room. */
export async function stop(userId: string, place: Place): Promise<void> {
  const subject = subjectOf(userId, place);
  forget(userId, subject);
  if (await held().end(subject)) await announce("typing:stop", userId, place);
}

/** Whatever ended elsewhere is let go of with the next start. */
function remember(userId: string, subject: string): void {
  const now = performance.now();
  const subjects = local().get(userId) ?? new Map<string, number>();
  for (const [old, until] of subjects) if (until < now) subjects.delete(old);
  local().set(userId, subjects.set(subject, now + TYPING_TTL_MS));
}

function forget(userId: string, subject: string): void {
  const subjects = local().get(userId);
  subjects?.delete(subject);
  if (subjects?.size === 0) local().delete(userId);
}

/** Ends what the user was typing: in one room, whose message it became, or everywhere, when their last socket went. */
export async function ended(userId: string, roomId?: string): Promise<void> {
  for (const subject of [...(local().get(userId)?.keys() ?? [])]) {
    const [, room = "", threadId] = JSON.parse(subject) as string[];
    if (roomId === undefined || room === roomId) await stop(userId, { roomId: room, threadId });
  }
}

/** Announces the end of what was not stopped in time, on whichever replica it began. */
export async function sweep(): Promise<void> {
  for (const subject of await held().sweep()) {
    const [userId = "", roomId = "", threadId] = JSON.parse(subject) as string[];
    forget(userId, subject);
    // Who left meanwhile stopped typing for everybody when they left.
    await announce("typing:stop", userId, { roomId, threadId }).catch(() => {});
  }
}
