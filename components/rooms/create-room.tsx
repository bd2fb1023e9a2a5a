"use client";

import { type FormEvent, useState } from "react";
import { type ApiError, toApiError } from "@/lib/client/api-error";
import { useActions } from "@/lib/client/use-chat";
import { MAX_ROOM_DESCRIPTION, MAX_ROOM_NAME } from "@/lib/protocol/limits";
import { go, roomPath } from "../chat/route";
import { Button } from "../ui/button";
import { Dialog, DialogActions } from "../ui/dialog";
import { Field, TextArea } from "../ui/field";
import { fieldProblem } from "../ui/field-problem";
import { Switch } from "../ui/switch";

export default function CreateRoom({ onClose }: { onClose: () => void }) {
  const { createRoom } = useActions();
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [isPrivate, setPrivate] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiError | null>(null);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (busy || name.trim() === "") return;
    setBusy(true);
    setProblem(null);
    try {
      const room = await createRoom({
        name: name.trim(),
        ...(description.trim() && { description: description.trim() }),
        isPrivate,
      });
      onClose();
      go(roomPath(room.id));
    } catch (error) {
      setProblem(toApiError(error));
      setBusy(false);
    }
  };

  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title="Create a room"
      description="Rooms are where a group talks about one thing."
    >
      <form onSubmit={submit} noValidate className="flex min-h-0 flex-col">
        <div className="flex flex-col gap-4 overflow-y-auto px-5 py-4">
          <Field
            label="Name"
            placeholder="general"
            autoFocus
            autoComplete="off"
            maxLength={MAX_ROOM_NAME}
            value={name}
            error={fieldProblem(problem, "name", true)}
            onChange={(event) => setName(event.target.value)}
          />
          <TextArea
            label="What is it about?"
            rows={2}
            maxLength={MAX_ROOM_DESCRIPTION}
            value={description}
            error={fieldProblem(problem, "description")}
            onChange={(event) => setDescription(event.target.value)}
          />
          <Switch
            label="Private"
            hint={
              isPrivate ? "Only people you add can find and read it." : "Anyone on this server can find and join it."
            }
            checked={isPrivate}
            onChange={setPrivate}
          />
        </div>
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="primary" busy={busy} disabled={name.trim() === ""}>
            Create room
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
