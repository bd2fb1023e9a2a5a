import type { KeyboardEvent } from "react";
import type { VirtualizerHandle } from "virtua";

/**
 * ↑ and ↓ walk through the messages; from the list itself ↑ begins at the lowest one in view. True when the key was
 * taken.
 */
export function moveFocus(event: KeyboardEvent<HTMLElement>, list: VirtualizerHandle | null): boolean {
  if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return false;
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return false;
  const log = event.currentTarget;
  const focused = document.activeElement;
  const row = focused?.closest<HTMLElement>("[data-message-id]") ?? null;
  if (!row && focused !== log) return false;
  const rows = [...log.querySelectorAll<HTMLElement>("article[data-message-id]")];
  const bottom = log.getBoundingClientRect().bottom;
  const next = row
    ? rows[rows.indexOf(row) + (event.key === "ArrowUp" ? -1 : 1)]
    : event.key === "ArrowUp"
      ? rows.findLast((candidate) => candidate.getBoundingClientRect().bottom <= bottom + 4)
      : undefined;
  if (!next) return row !== null;
  event.preventDefault();
  next.focus({ preventScroll: true });
  const seen = next.getBoundingClientRect();
  const view = log.getBoundingClientRect();
  if (seen.top < view.top + 48) list?.scrollBy(seen.top - view.top - 48);
  else if (seen.bottom > view.bottom - 8) list?.scrollBy(seen.bottom - view.bottom + 8);
  return true;
}
