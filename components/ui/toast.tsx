"use client";

import { CircleAlert, CircleCheck, X } from "lucide-react";
import { useSyncExternalStore } from "react";

interface Toast {
  id: number;
  tone: "info" | "problem";
  text: string;
}

const SHOWN_MS = 6_000;

let toasts: readonly Toast[] = [];
let lastId = 0;
const listeners = new Set<() => void>();

function change(next: readonly Toast[]) {
  toasts = next;
  for (const listener of listeners) listener();
}

/** Says what just happened, for six seconds. A problem names the next step in its text. */
export function toast(text: string, tone: Toast["tone"] = "info"): void {
  const id = ++lastId;
  change([...toasts.slice(-2), { id, tone, text }]);
  setTimeout(() => dismiss(id), SHOWN_MS);
}

function dismiss(id: number) {
  change(toasts.filter((entry) => entry.id !== id));
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

const none: readonly Toast[] = [];

export function Toasts() {
  const shown = useSyncExternalStore(
    subscribe,
    () => toasts,
    () => none,
  );
  return (
    <div
      role="status"
      className="pointer-events-none fixed inset-x-3 bottom-[max(1.25rem,env(safe-area-inset-bottom))] z-50 flex flex-col items-center gap-2"
    >
      {shown.map(({ id, tone, text }) => (
        <div
          key={id}
          className="appear pointer-events-auto flex max-w-md items-center gap-2.5 rounded-xl bg-text py-1 pr-1 pl-3.5 text-sm text-surface shadow-overlay"
        >
          {tone === "problem" ? (
            <CircleAlert aria-hidden="true" className="size-4 shrink-0" />
          ) : (
            <CircleCheck aria-hidden="true" className="size-4 shrink-0" />
          )}
          <span className="py-1.5">{text}</span>
          <button
            type="button"
            aria-label="Dismiss"
            onClick={() => dismiss(id)}
            className="grid size-8 shrink-0 place-items-center rounded-lg opacity-80 hover:opacity-100 max-md:size-11"
          >
            <X aria-hidden="true" className="size-4" />
          </button>
        </div>
      ))}
    </div>
  );
}
