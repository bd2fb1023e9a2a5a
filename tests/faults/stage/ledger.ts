/** One message that somebody pressed Enter for. */
export interface SentEntry {
  clientId: string;
  userId: string;
  roomId: string;
  content: string;
  /** Counts the presses of Enter of all authors: an author's own order. */
  position: number;
  sentAt: number;
  /** When the author's own screen showed it as stored. */
  storedAt: number | null;
  /** The server refused it for good. */
  refused: boolean;
  /** Times it went out on the wire. */
  tries: number;
  /** The author's connection was there at the press of Enter and has not broken since. */
  undisturbed: boolean;
}

export interface ChangeEntry {
  messageId: string;
  /** The new text, null for a deletion. */
  content: string | null;
  outcome: "unknown" | "done" | "refused";
}

/** What the crowd did, as it was told about it: the other side of the comparison with the database. */
export class Ledger {
  readonly sent = new Map<string, SentEntry>();
  readonly changes: ChangeEntry[] = [];
  /** `clientId`s of messages that were sent by other means than somebody's screen. */
  readonly elsewhere = new Set<string>();
  #position = 0;

  note(entry: Pick<SentEntry, "clientId" | "userId" | "roomId" | "content" | "sentAt" | "undisturbed">): void {
    this.#position += 1;
    this.sent.set(entry.clientId, { ...entry, position: this.#position, storedAt: null, refused: false, tries: 0 });
  }

  /** Everything done since then belongs to a life of the database that is over, except what nobody has acknowledged. */
  forgetSince(at: number, changes: number): void {
    for (const [clientId, { sentAt, storedAt }] of this.sent) {
      if (sentAt >= at && storedAt !== null) this.sent.delete(clientId);
    }
    this.changes.splice(changes);
  }

  /** Sends of a stretch of time. */
  between(from: number, to = Number.POSITIVE_INFINITY): SentEntry[] {
    return [...this.sent.values()].filter(({ sentAt }) => sentAt >= from && sentAt <= to);
  }
}

/** The smallest value that this part (0 to 1) of the values does not exceed. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1)] ?? 0;
}
