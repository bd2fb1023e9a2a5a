import { mentionedNames } from "@/lib/domain/mentions";
import { digestOf } from "@/lib/domain/send-queue";
import type { DemoPerson } from "./people";
import type { PlannedRoom } from "./plan";
import type { Random } from "./random";
import type { Beat } from "./scenes";

/** Rows of a room as the server would have written them had everything been sent, edited and reacted to in time. */
export interface History {
  rev: number;
  lastMessageAt: Date | null;
  messages: StoredMessage[];
  versions: { messageId: string; rev: number; content: string; editedAt: Date }[];
  reactions: { messageId: string; userId: string; emoji: string; createdAt: Date }[];
}

export interface StoredMessage {
  id: string;
  userId: string;
  seq: number;
  rev: number;
  clientId: string;
  digest: string;
  type: "text" | "system";
  content: string;
  replyToId: string | null;
  mentions: string[];
  createdAt: Date;
  editedAt: Date | null;
  deletedAt: Date | null;
}

interface Change {
  at: number;
  apply(rev: number): void;
}

/** Plays a room's beats: each change takes the next `rev`, each message the next `seq`, in the order of time. */
export function historyOf(
  room: PlannedRoom,
  roomId: string,
  ids: Map<DemoPerson, string>,
  now: Date,
  random: Random,
): History {
  const history: History = { rev: 0, lastMessageAt: null, messages: [], versions: [], reactions: [] };
  const members = new Map(room.members.map((person) => [person.username, idOf(person)]));
  function idOf(person: DemoPerson): string {
    const id = ids.get(person);
    if (id === undefined) throw new Error(`${person.username} has no id.`);
    return id;
  }

  const messageIds = room.beats.map(() => random.id());
  const changes = room.beats.flatMap((beat, index): Change[] => {
    const message = messageOf(beat, index);
    const say: Change = {
      at: beat.at,
      apply(rev) {
        message.seq = history.messages.push(message);
        message.rev = rev;
      },
    };
    return [say, ...laterChanges(beat, message)];
  });

  function messageOf(beat: Beat, index: number): StoredMessage {
    const content = (beat.edited?.before ?? beat.text).normalize("NFC");
    const replyToId = (beat.replyBack && messageIds[index - beat.replyBack]) || null;
    const userId = idOf(beat.author);
    return {
      id: messageIds[index] ?? "",
      userId,
      seq: 0,
      rev: 0,
      clientId: random.id(),
      digest: digestOf({ roomId, content, replyToId: replyToId ?? undefined }),
      type: beat.system ? "system" : "text",
      content,
      replyToId,
      mentions: beat.system ? [] : mentionsIn(content),
      createdAt: new Date(beat.at),
      editedAt: null,
      deletedAt: null,
    };
  }

  function mentionsIn(content: string): string[] {
    return mentionedNames(content)
      .flatMap((name) => members.get(name) ?? [])
      .sort();
  }

  function laterChanges(beat: Beat, message: StoredMessage): Change[] {
    const { edited, deletedAfter } = beat;
    const later: Change[] = beat.reactions.map(({ emoji, person, after }) => {
      const at = Math.min(beat.at + after, now.getTime() - random.between(1_000, 60_000));
      const reaction = { messageId: message.id, userId: idOf(person), emoji, createdAt: new Date(at) };
      return {
        at,
        apply(rev) {
          message.rev = rev;
          history.reactions.push(reaction);
        },
      };
    });
    if (edited) {
      later.push({
        at: beat.at + edited.after,
        apply(rev) {
          message.editedAt = new Date(beat.at + edited.after);
          history.versions.push({ ...message, messageId: message.id, editedAt: message.editedAt });
          message.rev = rev;
          message.content = beat.text.normalize("NFC");
          message.mentions = mentionsIn(message.content);
        },
      });
    }
    if (deletedAfter !== undefined) {
      later.push({
        at: beat.at + deletedAfter,
        apply(rev) {
          message.rev = rev;
          message.content = "";
          message.mentions = [];
          message.deletedAt = new Date(beat.at + deletedAfter);
          history.reactions = history.reactions.filter(({ messageId }) => messageId !== message.id);
          history.versions = history.versions.filter(({ messageId }) => messageId !== message.id);
        },
      });
    }
    return later.filter(({ at }) => at < now.getTime());
  }

  for (const { apply } of changes.sort((one, other) => one.at - other.at)) {
    history.rev += 1;
    apply(history.rev);
  }
  history.lastMessageAt = history.messages.at(-1)?.createdAt ?? null;
  return history;
}
