"use client";

import { Archive, Hash, Lock, LogOut, Pencil } from "lucide-react";
import { useState } from "react";
import { otherMembers, roomTitle } from "@/lib/client/selectors";
import { useActions, useChatState } from "@/lib/client/use-chat";
import type { Room } from "@/lib/protocol/objects";
import { attempt } from "../chat/attempt";
import { go } from "../chat/route";
import { Avatar } from "../ui/avatar";
import { Button } from "../ui/button";
import { Confirm } from "../ui/confirm";
import { Segmented } from "../ui/segmented";
import { Switch } from "../ui/switch";
import { EditRoom } from "./edit-room";

const levels = [
  { value: "all", label: "Everything" },
  { value: "mentions", label: "Mentions" },
  { value: "none", label: "Nothing" },
] as const;

export function DetailsPanel({ room }: { room: Room }) {
  const meId = useChatState((state) => state.me?.id);
  const { setMembership } = useActions();
  const [editing, setEditing] = useState(false);
  const { me } = room;
  if (!me) return null;
  if (editing) return <EditRoom room={room} onDone={() => setEditing(false)} />;
  const Icon = room.isPrivate ? Lock : Hash;
  const created = new Date(room.createdAt).toLocaleDateString(undefined, { dateStyle: "long" });
  return (
    <div className="flex min-h-0 flex-1 flex-col gap-6 overflow-y-auto px-5 py-5">
      <div>
        {room.kind === "dm" ? (
          <div className="flex gap-1.5">
            {otherMembers(room, meId)
              .slice(0, 5)
              .map((person) => (
                <Avatar key={person.id} user={person} size="large" />
              ))}
          </div>
        ) : (
          <span className="grid size-14 place-items-center rounded-2xl bg-accent-soft text-accent-text">
            <Icon aria-hidden="true" className="size-7" strokeWidth={2} />
          </span>
        )}
        <p className="mt-3 text-lg font-semibold">{roomTitle(room, meId)}</p>
        <p className="mt-1 text-muted">
          {room.description || (room.kind === "room" ? "No description yet." : "A direct conversation.")}
        </p>
        <p className="mt-2 text-sm text-subtle">
          {room.kind === "dm" ? "" : room.isPrivate ? "Private · " : "Public · "}since {created}
        </p>
        {room.kind === "room" && me.role === "admin" && (
          <Button size="small" className="mt-3" onClick={() => setEditing(true)}>
            <Pencil aria-hidden="true" className="size-3.5" />
            Edit
          </Button>
        )}
      </div>
      <section className="flex flex-col gap-4 border-t border-border pt-5">
        <div className="flex flex-col items-start gap-2">
          <h3 className="text-sm font-medium">Notify me of</h3>
          <Segmented
            label="Notify me of"
            value={me.notify}
            options={levels}
            onChange={(notify) => void attempt(setMembership(room.id, { notify }))}
          />
        </div>
        <Switch
          label="Mute"
          hint="Dims it in the sidebar and keeps it out of Unread."
          checked={me.muted}
          onChange={(muted) => void attempt(setMembership(room.id, { muted }))}
        />
        <Switch
          label="Star"
          hint="Keeps it at the top of the sidebar."
          checked={me.starred}
          onChange={(starred) => void attempt(setMembership(room.id, { starred }))}
        />
      </section>
      {room.kind === "room" && <Endings room={room} />}
    </div>
  );
}

function Endings({ room }: { room: Room }) {
  const { leaveRoom, archiveRoom } = useActions();
  const [asking, setAsking] = useState<"leave" | "archive" | null>(null);
  const leaving = asking === "leave";
  const end = async () => {
    const done = await attempt((leaving ? leaveRoom(room.id) : archiveRoom(room.id)).then(() => true));
    if (done) go("/chat");
  };
  return (
    <section className="flex flex-col items-start gap-2 border-t border-border pt-5">
      <Button tone="quiet" className="text-danger!" onClick={() => setAsking("leave")}>
        <LogOut aria-hidden="true" className="size-4" />
        Leave room
      </Button>
      {room.me?.role === "admin" && (
        <Button tone="quiet" className="text-danger!" onClick={() => setAsking("archive")}>
          <Archive aria-hidden="true" className="size-4" />
          Archive room
        </Button>
      )}
      <Confirm
        open={asking !== null}
        onOpenChange={(open) => !open && setAsking(null)}
        title={leaving ? `Leave ${room.name}?` : `Archive ${room.name}?`}
        description={
          !leaving
            ? "It disappears for all its members, and nobody can write in it any more."
            : room.isPrivate
              ? "You need to be added again to come back."
              : "You can join again whenever you like."
        }
        action={leaving ? "Leave" : "Archive"}
        onConfirm={end}
      />
    </section>
  );
}
