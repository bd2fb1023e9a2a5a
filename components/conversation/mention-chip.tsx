"use client";

import clsx from "clsx";
import { useChatState } from "@/lib/client/use-chat";
import { usePersonCard } from "../people/person-card-host";

interface MentionChipProps {
  username: string;
  userId: string | null;
}

export function MentionChip({ username, userId }: MentionChipProps) {
  const own = useChatState((state) => state.me?.id === userId && userId !== null);
  const showPerson = usePersonCard();
  const className = clsx(
    "rounded-md px-1 py-px font-medium",
    own ? "bg-accent text-on-accent" : "bg-accent-soft text-accent-text",
  );
  if (!userId) return <span className={className}>@{username}</span>;
  return (
    <button type="button" className={className} onClick={(event) => showPerson(userId, event.currentTarget)}>
      @{username}
    </button>
  );
}
