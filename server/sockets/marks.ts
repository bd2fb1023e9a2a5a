/**
 * Up to which change this replica has announced each room to its sockets, without a gap. What arrives early (two
 * replicas' announcements cross) is remembered until the gap before it closes.
 */
export class Marks {
  readonly #rooms = new Map<string, { upTo: number; early: Set<number> }>();

  /** Starts counting for a room; a mark that is there stays. @returns whether it was new. */
  begin(roomId: string, rev: number): boolean {
    if (this.#rooms.has(roomId)) return false;
    this.#rooms.set(roomId, { upTo: rev, early: new Set() });
    return true;
  }

  announced(roomId: string, rev: number): void {
    const mark = this.#rooms.get(roomId);
    if (!mark || rev <= mark.upTo) return;
    mark.early.add(rev);
    while (mark.early.delete(mark.upTo + 1)) mark.upTo += 1;
  }

  /** Everything up to here has been announced, whatever was missing. */
  advance(roomId: string, rev: number): void {
    const mark = this.#rooms.get(roomId);
    if (!mark || rev <= mark.upTo) return;
    mark.upTo = rev;
    for (const early of mark.early) if (early <= rev) mark.early.delete(early);
    while (mark.early.delete(mark.upTo + 1)) mark.upTo += 1;
  }

  upTo(roomId: string): number | undefined {
    return this.#rooms.get(roomId)?.upTo;
  }

  forget(roomId: string): void {
    this.#rooms.delete(roomId);
  }
}
