import { background, type Task } from "@/lib/infra/background";
import { database } from "@/lib/infra/database";

const everyMs = 15_000;

/**
 * Moves what was said lately from the search index's pending list into the index. Storing a message only appends to that
 * list (measured: 11 µs a message instead of 80), and a search reads all of it; without this a sender would have to move
 * it when it is full. Replicas may do so side by side: PostgreSQL lets one of them.
 */
export function startSearchIndex(): Task {
  return background().every("settling the search index", everyMs, () =>
    database.get().pool.query(`SELECT gin_clean_pending_list('"Message_search_idx"')`),
  );
}
