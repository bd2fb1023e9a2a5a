"use client";

import { useState } from "react";
import { useActions } from "@/lib/client/use-chat";
import { MAX_DM_MEMBERS } from "@/lib/protocol/limits";
import type { UserBrief } from "@/lib/protocol/objects";
import { attempt } from "../chat/attempt";
import { go, roomPath } from "../chat/route";
import { Button } from "../ui/button";
import { Dialog, DialogActions } from "../ui/dialog";
import { PeoplePicker } from "./people-picker";

export default function NewDirect({ onClose }: { onClose: () => void }) {
  const { openDirect } = useActions();
  const [chosen, setChosen] = useState<readonly UserBrief[]>([]);
  const [busy, setBusy] = useState(false);
  const open = async () => {
    setBusy(true);
    const room = await attempt(openDirect(chosen.map(({ id }) => id)));
    setBusy(false);
    if (!room) return;
    onClose();
    go(roomPath(room.id));
  };
  return (
    <Dialog
      open
      onOpenChange={(shown) => !shown && onClose()}
      title="New message"
      description="One person, or up to seven for a group."
      top
    >
      <div className="flex min-h-0 flex-col pt-4">
        <PeoplePicker label="People" chosen={chosen} onChange={setChosen} limit={MAX_DM_MEMBERS - 1} />
      </div>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button tone="primary" busy={busy} disabled={chosen.length === 0} onClick={open}>
          {chosen.length > 1 ? "Message the group" : "Message"}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
