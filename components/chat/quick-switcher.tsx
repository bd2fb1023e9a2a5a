"use client";

import clsx from "clsx";
import { Compass, Hash, type LucideIcon, MessageCircle, Search } from "lucide-react";
import { type KeyboardEvent, type ReactNode, useEffect, useId, useMemo, useRef, useState } from "react";
import { roomTitle } from "@/lib/client/selectors";
import { useChat, useChatState } from "@/lib/client/use-chat";
import type { Room, UserBrief } from "@/lib/protocol/objects";
import { Avatar } from "../ui/avatar";
import { Badge } from "../ui/badge";
import { Dialog } from "../ui/dialog";
import { attempt } from "./attempt";
import { type DialogRequest, useDialogs } from "./dialogs";
import { rankTargets } from "./rank-targets";
import { RoomSign } from "./room-title";
import { go, roomPath } from "./route";

const SHOWN = 12;

type Target =
  | { kind: "room"; key: string; names: string[]; room: Room }
  | { kind: "person"; key: string; names: string[]; user: UserBrief }
  | { kind: "command"; key: string; names: string[]; icon: LucideIcon; request: DialogRequest };

const commands: Target[] = [
  { kind: "command", key: "c1", names: ["Create a room"], icon: Hash, request: { kind: "create-room" } },
  { kind: "command", key: "c2", names: ["Browse rooms"], icon: Compass, request: { kind: "browse-rooms" } },
  { kind: "command", key: "c3", names: ["Message someone"], icon: MessageCircle, request: { kind: "new-direct" } },
];

/** Everything one can go to, the most recent first. All of it is known here: nothing is asked of the server. */
function useTargets(): Target[] {
  const rooms = useChatState((state) => state.rooms);
  const users = useChatState((state) => state.users);
  const meId = useChatState((state) => state.me?.id);
  return useMemo(() => {
    const recent = [...rooms.values()].sort((a, b) => (a.lastMessageAt < b.lastMessageAt ? 1 : -1));
    const talkedTo = new Set(
      recent.flatMap((room) => (room.memberCount === 2 ? (room.members ?? []) : [])).map(({ id }) => id),
    );
    return [
      ...recent.map((room): Target => {
        const usernames = room.members?.filter(({ id }) => id !== meId).map(({ username }) => username) ?? [];
        return { kind: "room", key: room.id, names: [roomTitle(room, meId), ...usernames], room };
      }),
      ...[...users.values()]
        .filter((user) => user.id !== meId && !talkedTo.has(user.id))
        .map((user): Target => ({ kind: "person", key: user.id, names: [user.name, user.username], user })),
      ...commands,
    ];
  }, [rooms, users, meId]);
}

export default function QuickSwitcher({ onClose }: { onClose: () => void }) {
  const { actions } = useChat();
  const openDialog = useDialogs();
  const targets = useTargets();
  const [typed, setTyped] = useState("");
  const [chosen, setChosen] = useState(0);
  const listId = useId();
  const list = useRef<HTMLDivElement>(null);
  const shown = useMemo(() => rankTargets(targets, ({ names }) => names, typed).slice(0, SHOWN), [targets, typed]);
  const current = shown[Math.min(chosen, shown.length - 1)];

  useEffect(() => {
    if (current) list.current?.querySelector(`[data-key="${current.key}"]`)?.scrollIntoView({ block: "nearest" });
  }, [current]);

  const follow = (target: Target) => {
    onClose();
    if (target.kind === "room") go(roomPath(target.room.id));
    else if (target.kind === "command") openDialog(target.request);
    else void attempt(actions.openDirect([target.user.id])).then((room) => room && go(roomPath(room.id)));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing || shown.length === 0) return;
    const at = Math.min(chosen, shown.length - 1);
    if (event.key === "ArrowDown") setChosen((at + 1) % shown.length);
    else if (event.key === "ArrowUp") setChosen((at + shown.length - 1) % shown.length);
    else if (event.key === "Enter" && current) follow(current);
    else return;
    event.preventDefault();
  };

  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title="Jump to" hideTitle width="medium" top>
      <div className="flex items-center gap-3 border-b border-border px-4">
        <Search aria-hidden="true" className="size-[18px] shrink-0 text-subtle" />
        <input
          value={typed}
          onChange={(event) => {
            setTyped(event.target.value);
            setChosen(0);
          }}
          onKeyDown={onKeyDown}
          placeholder="Jump to a room or person"
          aria-label="Jump to a room or person"
          role="combobox"
          aria-expanded="true"
          aria-controls={listId}
          aria-activedescendant={current ? `${listId}-${current.key}` : undefined}
          autoComplete="off"
          spellCheck={false}
          className="h-[52px] w-full bg-transparent text-lg outline-none"
        />
      </div>
      <div ref={list} id={listId} role="listbox" aria-label="Places" className="overflow-y-auto p-2">
        {shown.map((target) => (
          <div
            key={target.key}
            id={`${listId}-${target.key}`}
            data-key={target.key}
            role="option"
            aria-selected={target === current}
            tabIndex={-1}
            onPointerMove={() => setChosen(shown.indexOf(target))}
            onClick={() => follow(target)}
            onKeyDown={onKeyDown}
            className={clsx(
              "flex h-10 cursor-pointer items-center gap-2.5 rounded-control px-2.5 max-md:h-12",
              target === current && "bg-hover",
            )}
          >
            <TargetRow target={target} />
          </div>
        ))}
      </div>
      {shown.length === 0 && <p className="px-5 pb-6 text-center text-muted">Nothing fits “{typed.trim()}”.</p>}
    </Dialog>
  );
}

function TargetRow({ target }: { target: Target }): ReactNode {
  if (target.kind === "command") {
    const Icon = target.icon;
    return (
      <>
        <Icon aria-hidden="true" className="size-[18px] text-subtle" />
        <span className="text-muted">{target.names[0]}</span>
      </>
    );
  }
  if (target.kind === "person") {
    return (
      <>
        <Avatar user={target.user} size="tiny" />
        <span className="truncate">{target.user.name}</span>
        <span className="truncate text-sm text-subtle">@{target.user.username}</span>
      </>
    );
  }
  const unread = target.room.me?.unread ?? 0;
  return (
    <>
      <RoomSign room={target.room} />
      <span className={clsx("min-w-0 flex-1 truncate", unread > 0 && "font-semibold")}>{target.names[0]}</span>
      {unread > 0 && <Badge label={`${unread} unread`}>{unread > 99 ? "99+" : unread}</Badge>}
    </>
  );
}
