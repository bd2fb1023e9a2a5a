"use client";

import { Compass, Hash } from "lucide-react";
import { useEffect, useState } from "react";
import { type ApiError, toApiError } from "@/lib/client/api-error";
import { useChat } from "@/lib/client/use-chat";
import type { Room } from "@/lib/protocol/objects";
import { Button } from "../ui/button";
import { EmptyState } from "../ui/empty-state";
import { Spinner } from "../ui/spinner";
import { attempt } from "./attempt";
import { useDialogs } from "./dialogs";
import { MenuButton } from "./menu-button";

interface UnknownRoomProps {
  roomId: string;
  onMenu: () => void;
}

/** A room one is not in: a public one can be joined, of any other nothing is told. */
export default function UnknownRoom({ roomId, onMenu }: UnknownRoomProps) {
  const { api, actions } = useChat();
  const openDialog = useDialogs();
  const [room, setRoom] = useState<Room | null>(null);
  const [problem, setProblem] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);

  useEffect(() => {
    let left = false;
    api("GET /api/rooms/[id]", { params: { id: roomId } }).then(
      (answer) => {
        if (left) return;
        setRoom(answer.room);
        // A member whose list has not been told yet: joining is a repeat and brings the room in.
        if (answer.room.me) void attempt(actions.joinRoom(roomId));
      },
      (error: unknown) => !left && setProblem(toApiError(error)),
    );
    return () => {
      left = true;
    };
  }, [api, actions, roomId]);

  const join = async () => {
    setBusy(true);
    await attempt(actions.joinRoom(roomId));
    setBusy(false);
  };

  return (
    <>
      <header className="flex h-14 shrink-0 items-center border-b border-border px-1 md:hidden">
        <MenuButton onMenu={onMenu} />
      </header>
      <div className="grid flex-1 place-items-center">
        {room && !room.me ? (
          <EmptyState
            icon={Hash}
            heading="h1"
            title={room.name}
            actions={
              <Button tone="primary" busy={busy} onClick={join}>
                Join this room
              </Button>
            }
          >
            {room.description || `${room.memberCount} people are in this room. Join to read and write.`}
          </EmptyState>
        ) : problem ? (
          <EmptyState
            icon={Compass}
            heading="h1"
            title={problem.code === "not_found" ? "This room is not here" : "The room could not be opened"}
            actions={<Button onClick={() => openDialog({ kind: "browse-rooms" })}>Browse rooms</Button>}
          >
            {problem.code === "not_found"
              ? "It may be private, archived or gone. Ask whoever sent you the link to add you."
              : problem.message}
          </EmptyState>
        ) : (
          <h1 className="flex items-center gap-3 text-muted">
            <Spinner className="size-5 text-accent-text" />
            Opening the room…
          </h1>
        )}
      </div>
    </>
  );
}
