import type { Message } from "@/lib/protocol/objects";
import type { Crowd } from "./crowd";
import type { ChangeEntry } from "./ledger";
import type { Screen } from "./screen";

export interface Load {
  /** Ends it; resolves when what it began has settled. */
  stop(): Promise<void>;
}

const emojis = ["👍", "🎉", "❤️", "👀"];

function pick<T>(list: readonly T[]): T | undefined {
  return list[Math.floor(Math.random() * list.length)];
}

/** Presses Enter: what happens to the message afterwards is the shipped client's business. */
export async function say(crowd: Crowd, screen: Screen, roomId: string, content: string): Promise<void> {
  const { id: userId } = screen.person.user;
  // The client puts the message on the screen before its promise settles, and it may be stored before that, too.
  const before = new Set(
    screen.chat.store
      .getState()
      .pending.get(roomId)
      ?.map(({ clientId }) => clientId),
  );
  const sentAt = Date.now();
  const sending = screen.chat.actions.send(roomId, content);
  const pending = screen.chat.store
    .getState()
    .pending.get(roomId)
    ?.find(({ clientId }) => !before.has(clientId));
  if (!pending) throw new Error("A message that was sent is not on the screen.");
  const { clientId } = pending;
  crowd.ledger.note({ clientId, userId, roomId, content, sentAt, undisturbed: screen.isOnline() });
  await sending;
}

function held(screen: Screen, accept: (message: Message) => boolean): Message | undefined {
  const messages = screen.chat.store.getState().conversations.get(pick([...screen.open]) ?? "")?.messages ?? [];
  return pick(messages.slice(-40).filter((message) => message.deletedAt === null && accept(message)));
}

/** Notes what came of a change that the client does not retry: an edit or a deletion either happened or was told to have failed. */
async function change(
  crowd: Crowd,
  message: Message | undefined,
  content: string | null,
  work: (message: Message) => Promise<void>,
): Promise<void> {
  if (!message) return;
  const entry: ChangeEntry = { messageId: message.id, content, outcome: "unknown" };
  crowd.ledger.changes.push(entry);
  try {
    await work(message);
    entry.outcome = "done";
  } catch (error) {
    if ((error as { definite?: boolean }).definite) entry.outcome = "refused";
  }
}

async function write(crowd: Crowd, number: number, length: number): Promise<void> {
  const screen = pick(crowd.authors);
  const roomId = screen && pick([...screen.open]);
  if (!screen || !roomId) return;
  const named = Math.random() < 0.1 ? ` @${pick(crowd.screens)?.person.user.username}` : "";
  await say(crowd, screen, roomId, `message ${number}${named}`.padEnd(length, " ,"));
}

async function react(crowd: Crowd): Promise<void> {
  const screen = pick(crowd.authors);
  const message = screen && held(screen, () => true);
  if (message) await screen.chat.actions.react(message.roomId, message.id, pick(emojis) ?? "👍").catch(() => {});
}

async function alter(crowd: Crowd, content: string | null): Promise<void> {
  const screen = pick(crowd.authors);
  const message = screen && held(screen, ({ user }) => user.id === screen.person.user.id);
  if (!message) return;
  const { actions } = screen.chat;
  await change(crowd, message, content, ({ roomId, id }) =>
    content === null ? actions.remove(roomId, id) : actions.edit(roomId, id, content),
  );
}

/** To a room that the author is not in: it must be refused, and never stored. */
async function intrude(crowd: Crowd, number: number): Promise<void> {
  const screen = pick(crowd.authors);
  const mine = screen?.chat.store.getState().rooms;
  const roomId = mine && pick(crowd.roomIds.filter((id) => !mine.has(id)));
  if (roomId) await say(crowd, screen, roomId, `intruding ${number}`);
}

/** Readers read: now and then somebody is at the end of a room. */
function read(crowd: Crowd): void {
  const screen = pick(crowd.screens);
  const roomId = screen && pick([...screen.open]);
  if (roomId) screen.chat.actions.markRead(roomId);
}

/**
 * Sends `rate` new messages a second, of at least `length` characters, and, beside them, 10 % reactions, 5 % edits, 2 %
 * deletions, 1 % that must be refused.
 */
export function startLoad(crowd: Crowd, rate: number, length = 0): Load {
  const running = new Set<Promise<void>>();
  let done = 0;
  const since = performance.now();
  const failures: unknown[] = [];
  const begin = (work: Promise<void>) => {
    const noted = work.catch((error) => void failures.push(error));
    running.add(noted);
    void noted.finally(() => running.delete(noted));
  };
  const timer = setInterval(() => {
    const due = ((performance.now() - since) * rate) / 1_000;
    for (; done < due; done += 1) {
      begin(write(crowd, done, length));
      if (Math.random() < 0.1) begin(react(crowd));
      if (Math.random() < 0.05) begin(alter(crowd, `edited ${done}`));
      if (Math.random() < 0.02) begin(alter(crowd, null));
      if (Math.random() < 0.01) begin(intrude(crowd, done));
      if (done % 5 === 0) read(crowd);
    }
  }, 20);
  return {
    async stop() {
      clearInterval(timer);
      await Promise.all(running);
      if (failures.length > 0) throw failures[0];
    },
  };
}
