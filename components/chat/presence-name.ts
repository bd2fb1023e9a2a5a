import type { Presence } from "@/lib/client/state";

const names: Record<Presence["state"], string> = {
  online: "Active",
  away: "Away",
  dnd: "Do not disturb",
  invisible: "Invisible",
  offline: "Offline",
};

export const stateName = (state: Presence["state"]): string => names[state];
