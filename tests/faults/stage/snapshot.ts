import type { Crowd } from "./crowd";
import { Ledger } from "./ledger";
import type { Network } from "./network";
import { openScreen, type Screen } from "./screen";

/** What a client shows of its open rooms, down to the field, without what only this device knows. */
function shownBy(screen: Screen, from: ReadonlyMap<string, number>) {
  const { conversations, rooms } = screen.chat.store.getState();
  return [...screen.open]
    .filter((roomId) => rooms.has(roomId))
    .map((roomId) => {
      const { lastReadSeq, unread, mentions } = rooms.get(roomId)?.me ?? {};
      const messages = conversations.get(roomId)?.messages ?? [];
      return {
        roomId,
        lastReadSeq,
        unread,
        mentions,
        messages: messages.filter(({ seq }) => seq >= (from.get(roomId) ?? 1)),
      };
    });
}

/**
 * For some of the crowd: what the old client shows, after all it went through, beside what a client shows that has just
 * been opened. "Snapshot + events = fresh snapshot" means that each pair is equal.
 */
export async function snapshots(crowd: Crowd, network: Network, people = 6) {
  const pairs = [];
  const step = Math.ceil(crowd.screens.length / people);
  for (let index = 0; index < crowd.screens.length; index += step) {
    const old = crowd.screens[index];
    if (!old) continue;
    const open = new Set([...old.open].filter((roomId) => old.chat.store.getState().rooms.has(roomId)));
    const fresh = await openScreen(old.person, network, open, new Ledger());
    const { conversations } = fresh.chat.store.getState();
    const from = new Map([...conversations].map(([roomId, { messages }]) => [roomId, messages[0]?.seq ?? 1]));
    pairs.push({ old: shownBy({ ...old, open }, from), fresh: shownBy(fresh, from) });
    fresh.close();
  }
  return pairs;
}
