import type { Actions } from "./actions";
import type { Api } from "./api";
import type { ChatStore } from "./store";

/** One signed-in client: a store that stays equal to the server, and what a person can do. */
export interface Chat {
  store: ChatStore;
  actions: Actions;
  api: Api;
  /** Connects; called once, when the page is mounted. */
  start: () => void;
  /** Disconnects and lets go of timers, locks and channels; unsent messages stay in the outbox. */
  stop: () => Promise<void>;
}
