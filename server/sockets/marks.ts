/**
 * Up to which change this replica has announced each room to its sockets, without a gap. What arrives early (two
 * replicas' announcements cross) is remembered until the gap before it closes.
 */
export class Marks {
  /** `upTo` is undefined while a room is watched but nobody has said yet from where it counts. */
  readonly #rooms = new Map<string, { upTo: number | undefined; base: number; early: Set<number> }>();

  /** Remembers what is announced of a room from now on, for `begin` to take into account. */
  watch(roomId: string): void {
    if (!this.#rooms.has(roomId)) this.#rooms.set(roomId, { upTo: undefined, base: 0, early: new Set() });
  }

  /** Starts counting for a room; a mark that is there stays. @returns whether it was new. */
  begin(roomId: string, rev: number): boolean {
    this.watch(roomId);
    const mark = this.#rooms.get(roomId);
    if (!mark || mark.upTo !== undefined) return false;
    mark.base = rev;
    this.#move(roomId, rev);
    return true;
  }

  /** The change from which a room is counted: what came before was stored, but not announced here. */
  baseOf(roomId: string): number {
    return this.#rooms.get(roomId)?.base ?? 0;
  }

  announced(roomId: string, rev: number): void {
    const mark = this.#rooms.get(roomId);
    if (!mark || rev <= (mark.upTo ?? -1)) return;
    mark.early.add(rev);
    if (mark.upTo !== undefined) this.#move(roomId, mark.upTo);
  }

  /** Everything up to here has been announced, whatever was missing. */
  advance(roomId: string, rev: number): void {
    const upTo = this.upTo(roomId);
    if (upTo !== undefined && rev > upTo) this.#move(roomId, rev);
  }

  upTo(roomId: string): number | undefined {
    return this.#rooms.get(roomId)?.upTo;
  }

  forget(roomId: string): void {
    this.#rooms.delete(roomId);
  }

  forgetAll(): void {
    this.#rooms.clear();
  }

  /** Sets the mark and takes along what was early right behind it. */
  #move(roomId: string, rev: number): void {
    const mark = this.#rooms.get(roomId);
    if (!mark) return;
    let upTo = rev;
    if (rev !== mark.upTo) for (const early of mark.early) if (early <= rev) mark.early.delete(early);
    while (mark.early.delete(upTo + 1)) upTo += 1;
    mark.upTo = upTo;
  }
}
