"use client";

import { useMemo, useState } from "react";
import { selectMembers, selectRoom } from "@/lib/client/selectors";
import { useActions, useChatState } from "@/lib/client/use-chat";
import type { UserBrief } from "@/lib/protocol/objects";
import { attempt } from "../chat/attempt";
import { PeoplePicker } from "../people/people-picker";
import { Button } from "../ui/button";
import { Dialog, DialogActions } from "../ui/dialog";
import { toast } from "../ui/toast";

const AT_ONCE = 20;

interface AddPeopleProps {
  roomId: string;
  onClose: () => void;
}

export default function AddPeople({ roomId, onClose }: AddPeopleProps) {
  const { addMember } = useActions();
  const room = useChatState(selectRoom(roomId));
  const members = useChatState(selectMembers(roomId));
  const [chosen, setChosen] = useState<readonly UserBrief[]>([]);
  const [busy, setBusy] = useState(false);
  const without = useMemo(() => new Set(members?.members.map(({ user }) => user.id)), [members]);

  const add = async () => {
    setBusy(true);
    const refused: UserBrief[] = [];
    for (const person of chosen) {
      const added = await attempt(addMember(roomId, person.id).then(() => true));
      if (!added) refused.push(person);
    }
    setBusy(false);
    setChosen(refused);
    if (refused.length > 0) return;
    toast(chosen.length === 1 ? `${chosen[0]?.name} is in.` : `${chosen.length} people are in.`);
    onClose();
  };

  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Add people to ${room?.name ?? "the room"}`}
      description="They can read everything that was written here before."
      top
    >
      <div className="flex min-h-0 flex-col pt-4">
        <PeoplePicker label="People" chosen={chosen} onChange={setChosen} limit={AT_ONCE} without={without} />
      </div>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button tone="primary" busy={busy} disabled={chosen.length === 0} onClick={add}>
          {chosen.length > 1 ? `Add ${chosen.length} people` : "Add"}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
