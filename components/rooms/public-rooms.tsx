"use client";

import { Check, CloudOff, Hash } from "lucide-react";
import { useCallback, useEffect, useState } from "react";
import { toApiError } from "@/lib/client/api-error";
import { useChat, useChatState } from "@/lib/client/use-chat";
import type { Room } from "@/lib/protocol/objects";
import { attempt } from "../chat/attempt";
import { RoomLink } from "../chat/room-link";
import { go, roomPath } from "../chat/route";
import { Button } from "../ui/button";
import { EmptyState } from "../ui/empty-state";
import { Skeleton } from "../ui/skeleton";

const TYPING_PAUSE_MS = 200;

interface Found {
  rooms: readonly Room[];
  next: string | null;
}

/** The public rooms whose name begins with what was typed, page by page. */
function usePublicRooms(q: string) {
  const { api } = useChat();
  const [found, setFound] = useState<Found | null>(null);
  const [problem, setProblem] = useState<string | null>(null);

  const load = useCallback(
    async (cursor: string | null) => {
      setProblem(null);
      try {
        const query = { scope: "public" as const, ...(q && { q }), ...(cursor && { cursor }) };
        const { rooms, next } = await api("GET /api/rooms", { query });
        setFound((before) => ({ rooms: cursor && before ? [...before.rooms, ...rooms] : rooms, next: next ?? null }));
      } catch (error) {
        setProblem(toApiError(error).message);
      }
    },
    [api, q],
  );
  useEffect(() => {
    const timer = setTimeout(() => void load(null), q ? TYPING_PAUSE_MS : 0);
    return () => clearTimeout(timer);
  }, [load, q]);
  return { found, problem, load };
}

interface PublicRoomsProps {
  q?: string;
  /** Shown when there is no public room at all. */
  onEmpty?: () => void;
  onJoined?: () => void;
}

export function PublicRooms({ q = "", onEmpty, onJoined }: PublicRoomsProps) {
  const { found, problem, load } = usePublicRooms(q);
  if (problem) {
    return (
      <EmptyState
        icon={CloudOff}
        title="The rooms could not be loaded"
        actions={<Button onClick={() => void load(null)}>Retry</Button>}
      >
        {problem}
      </EmptyState>
    );
  }
  if (!found) {
    return (
      <div aria-busy="true" className="mt-8 flex flex-col gap-3">
        <Skeleton className="h-14" />
        <Skeleton className="h-14" />
      </div>
    );
  }
  if (found.rooms.length === 0) {
    if (q) return <p className="py-8 text-center text-muted">No public room is called “{q}”.</p>;
    return onEmpty ? (
      <EmptyState
        icon={Hash}
        title="There are no public rooms yet"
        actions={
          <Button tone="primary" onClick={onEmpty}>
            Create a room
          </Button>
        }
      />
    ) : null;
  }
  return (
    <section className="mt-8" aria-label="Public rooms">
      <h2 className="text-sm font-medium text-subtle">Public rooms</h2>
      <ul className="mt-1 divide-y divide-border">
        {found.rooms.map((room) => (
          <PublicRoom key={room.id} room={room} onJoined={onJoined} />
        ))}
      </ul>
      {found.next && (
        <Button tone="quiet" className="mt-2 w-full" onClick={() => void load(found.next)}>
          Show more
        </Button>
      )}
    </section>
  );
}

function PublicRoom({ room, onJoined }: { room: Room; onJoined: (() => void) | undefined }) {
  const { joinRoom } = useChat().actions;
  const member = useChatState((state) => state.rooms.has(room.id));
  const [busy, setBusy] = useState(false);
  const join = async () => {
    setBusy(true);
    const joined = await attempt(joinRoom(room.id));
    setBusy(false);
    if (!joined) return;
    onJoined?.();
    go(roomPath(joined.id));
  };
  return (
    <li className="flex items-center gap-3 py-2.5">
      <span className="grid size-9 shrink-0 place-items-center rounded-[10px] bg-hover text-muted">
        <Hash aria-hidden="true" className="size-[18px]" />
      </span>
      <span className="min-w-0 flex-1">
        <span className="block truncate font-medium">{room.name}</span>
        <span className="block truncate text-sm text-subtle">
          {room.memberCount} {room.memberCount === 1 ? "member" : "members"}
          {room.description && ` · ${room.description}`}
        </span>
      </span>
      {member ? (
        <RoomLink
          href={roomPath(room.id)}
          onClick={onJoined}
          className="flex h-8 items-center gap-1.5 rounded-control px-3 text-sm font-medium text-muted hover:bg-hover hover:text-text max-md:h-11"
        >
          <Check aria-hidden="true" className="size-4" />
          Open<span className="sr-only"> {room.name}</span>
        </RoomLink>
      ) : (
        <Button size="small" busy={busy} onClick={join}>
          Join<span className="sr-only"> {room.name}</span>
        </Button>
      )}
    </li>
  );
}
