"use client";

import { AtSign, MessageCircle } from "lucide-react";
import { useEffect, useState } from "react";
import { selectDraft, selectPresence, selectUser } from "@/lib/client/selectors";
import { useChat, useChatState } from "@/lib/client/use-chat";
import type { User } from "@/lib/protocol/objects";
import { attempt } from "../chat/attempt";
import { stateName } from "../chat/presence-name";
import { go, roomPath, useRoute } from "../chat/route";
import { Avatar } from "../ui/avatar";
import { Button } from "../ui/button";
import { agoOf } from "../ui/clock";
import { Popover } from "../ui/popover";
import { Skeleton } from "../ui/skeleton";

interface PersonCardProps {
  userId: string;
  anchor: HTMLElement;
  onClose: () => void;
}

export default function PersonCard({ userId, anchor, onClose }: PersonCardProps) {
  const { api, store, actions } = useChat();
  const known = useChatState(selectUser(userId));
  const presence = useChatState(selectPresence(userId));
  const own = useChatState((state) => state.me?.id === userId);
  const { roomId } = useRoute();
  const [fresh, setFresh] = useState<User | null>(null);
  const [busy, setBusy] = useState(false);
  const user = fresh ?? known;

  useEffect(() => {
    let left = false;
    api("GET /api/users/[id]", { params: { id: userId } }).then(
      (answer) => !left && setFresh(answer.user),
      // What is known already is shown then.
      () => undefined,
    );
    return () => {
      left = true;
    };
  }, [api, userId]);

  const message = async () => {
    setBusy(true);
    const room = await attempt(actions.openDirect([userId]));
    setBusy(false);
    if (!room) return;
    onClose();
    go(roomPath(room.id));
  };
  const mention = () => {
    if (!roomId || !user) return;
    const draft = selectDraft(roomId)(store.getState());
    actions.setDraft(roomId, `${draft}${draft === "" || draft.endsWith(" ") ? "" : " "}@${user.username} `);
    onClose();
  };

  const online = presence.state !== "offline" && presence.state !== "invisible";
  const seen = presence.lastSeenAt ?? user?.lastSeenAt;
  return (
    <Popover anchor={anchor} onClose={onClose} label={user?.name ?? "Person"} side="right" className="w-72">
      {user ? (
        <div className="p-4">
          <Avatar user={user} size="large" online={online} />
          <p className="mt-3 text-lg leading-tight font-semibold">{user.name}</p>
          <p className="text-sm text-subtle">@{user.username}</p>
          {user.status && (
            <p className="mt-2 text-sm">
              {user.status.emoji} {user.status.text}
            </p>
          )}
          <p className="mt-2 text-sm text-muted">
            {online || !seen ? stateName(presence.state) : `Last seen ${agoOf(new Date(seen), new Date())}`}
          </p>
          <div className="mt-4 flex gap-2">
            <Button tone="primary" size="small" busy={busy} onClick={message} className="flex-1">
              <MessageCircle aria-hidden="true" className="size-4" />
              {own ? "Notes to self" : "Message"}
            </Button>
            {roomId && !own && (
              <Button size="small" onClick={mention}>
                <AtSign aria-hidden="true" className="size-4" />
                Mention
              </Button>
            )}
          </div>
        </div>
      ) : (
        <div aria-busy="true" className="flex flex-col gap-3 p-4">
          <Skeleton className="size-14 rounded-2xl" />
          <Skeleton className="h-5 w-32" />
          <Skeleton className="h-4 w-24" />
        </div>
      )}
    </Popover>
  );
}
