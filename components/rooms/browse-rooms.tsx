"use client";

import { Plus } from "lucide-react";
import { useState } from "react";
import { useDialogs } from "../chat/dialogs";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Field } from "../ui/field";
import { PublicRooms } from "./public-rooms";

export default function BrowseRooms({ onClose }: { onClose: () => void }) {
  const [typed, setTyped] = useState("");
  const openDialog = useDialogs();
  const create = () => openDialog({ kind: "create-room" });
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title="Browse rooms" width="medium" top>
      <div className="flex gap-2 px-5 pt-3">
        <div className="flex-1">
          <Field
            label="Find a room"
            hideLabel
            placeholder="Find a room by name"
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
        </div>
        <Button className="h-11" onClick={create}>
          <Plus aria-hidden="true" className="size-4" />
          New room
        </Button>
      </div>
      <div className="min-h-72 overflow-y-auto px-5 pb-5">
        <PublicRooms q={typed.trim()} onEmpty={create} onJoined={onClose} />
      </div>
    </Dialog>
  );
}
