"use client";

import { CloudOff, UserPlus } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { selectMembers } from "@/lib/client/selectors";
import type { ChatState } from "@/lib/client/state";
import { useActions, useChatState } from "@/lib/client/use-chat";
import type { Member, Room } from "@/lib/protocol/objects";
import { useDialogs } from "../chat/dialogs";
import { Button } from "../ui/button";
import { EmptyState } from "../ui/empty-state";
import { Field } from "../ui/field";
import { Skeleton } from "../ui/skeleton";
import { MemberRow } from "./member-row";

/** Online first, then by name. */
function grouped(members: readonly Member[], presence: ChatState["presence"], typed: string) {
  const query = typed.trim().toLowerCase();
  const online: Member[] = [];
  const offline: Member[] = [];
  for (const member of members) {
    const { name, username, id } = member.user;
    if (query && !`${name.toLowerCase()} ${username}`.includes(query)) continue;
    const state = presence.get(id)?.state ?? "offline";
    (state === "offline" || state === "invisible" ? offline : online).push(member);
  }
  const byName = (a: Member, b: Member) => a.user.name.localeCompare(b.user.name);
  return { online: online.sort(byName), offline: offline.sort(byName) };
}

export function MembersPanel({ room }: { room: Room }) {
  const { loadMembers } = useActions();
  const openDialog = useDialogs();
  const list = useChatState(selectMembers(room.id));
  const presence = useChatState((state) => state.presence);
  const [typed, setTyped] = useState("");

  useEffect(() => {
    void loadMembers(room.id, { restart: true }).catch(() => undefined);
  }, [loadMembers, room.id]);
  const unsure = list?.status === "idle";
  useEffect(() => {
    if (unsure) void loadMembers(room.id, { restart: true }).catch(() => undefined);
  }, [unsure, loadMembers, room.id]);

  const { online, offline } = useMemo(() => grouped(list?.members ?? [], presence, typed), [list, presence, typed]);
  const mayAdd = room.kind === "room" && (!room.isPrivate || room.me?.role !== "member");

  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div className="flex flex-col gap-2 px-4 pt-4 pb-2">
        <Field
          label="Find a member"
          hideLabel
          placeholder="Find a member"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
        {mayAdd && (
          <Button onClick={() => openDialog({ kind: "add-people", roomId: room.id })}>
            <UserPlus aria-hidden="true" className="size-4" />
            Add people
          </Button>
        )}
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto px-2 pb-4">
        {list && list.members.length > 0 ? (
          <>
            <MemberGroup name="Online" members={online} room={room} />
            <MemberGroup name="Offline" members={offline} room={room} />
            {online.length + offline.length === 0 && (
              <p className="px-3 py-8 text-center text-muted">Nobody here is called “{typed.trim()}”.</p>
            )}
            {list.next && (
              <Button
                tone="quiet"
                busy={list.status === "loading"}
                className="mt-2 w-full"
                onClick={() => void loadMembers(room.id).catch(() => undefined)}
              >
                Show more
              </Button>
            )}
          </>
        ) : list?.status === "error" ? (
          <EmptyState
            icon={CloudOff}
            title="The members could not be loaded"
            actions={<Button onClick={() => void loadMembers(room.id).catch(() => undefined)}>Retry</Button>}
          />
        ) : (
          <div aria-busy="true" className="flex flex-col gap-3 px-3 pt-3">
            {[0, 1, 2, 3, 4].map((row) => (
              <div key={row} className="flex items-center gap-3">
                <Skeleton className="size-9 rounded-[10px]" />
                <Skeleton className="h-4 w-32" />
              </div>
            ))}
          </div>
        )}
      </div>
    </div>
  );
}

function MemberGroup({ name, members, room }: { name: string; members: readonly Member[]; room: Room }) {
  if (members.length === 0) return null;
  return (
    <section className="pt-3">
      <h3 className="px-3 pb-1 text-sm font-medium text-subtle">
        {name} · <span className="tabular">{members.length}</span>
      </h3>
      <ul>
        {members.map((member) => (
          <MemberRow key={member.user.id} member={member} room={room} />
        ))}
      </ul>
    </section>
  );
}
