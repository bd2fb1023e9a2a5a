"use client";

import { type FormEvent, useState } from "react";
import { type ApiError, toApiError } from "@/lib/client/api-error";
import { useActions } from "@/lib/client/use-chat";
import { MAX_ROOM_DESCRIPTION, MAX_ROOM_NAME } from "@/lib/protocol/limits";
import type { Room } from "@/lib/protocol/objects";
import { Button } from "../ui/button";
import { Field, TextArea } from "../ui/field";
import { fieldProblem } from "../ui/field-problem";
import { Switch } from "../ui/switch";

export function EditRoom({ room, onDone }: { room: Room; onDone: () => void }) {
  const { updateRoom } = useActions();
  const [name, setName] = useState(room.name);
  const [description, setDescription] = useState(room.description);
  const [isPrivate, setPrivate] = useState(room.isPrivate);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiError | null>(null);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      await updateRoom(room.id, { name: name.trim(), description: description.trim(), isPrivate });
      onDone();
    } catch (error) {
      setProblem(toApiError(error));
      setBusy(false);
    }
  };
  return (
    <form onSubmit={submit} noValidate className="flex min-h-0 flex-1 flex-col gap-4 overflow-y-auto px-5 py-5">
      <Field
        label="Name"
        autoFocus
        maxLength={MAX_ROOM_NAME}
        value={name}
        error={fieldProblem(problem, "name", true)}
        onChange={(event) => setName(event.target.value)}
      />
      <TextArea
        label="What is it about?"
        rows={4}
        maxLength={MAX_ROOM_DESCRIPTION}
        value={description}
        error={fieldProblem(problem, "description")}
        onChange={(event) => setDescription(event.target.value)}
      />
      <Switch
        label="Private"
        hint={isPrivate ? "Only its members can find and read it." : "Anyone on this server can find and join it."}
        checked={isPrivate}
        onChange={setPrivate}
      />
      <div className="flex justify-end gap-2 pt-2">
        <Button onClick={onDone}>Cancel</Button>
        <Button type="submit" tone="primary" busy={busy} disabled={name.trim() === ""}>
          Save
        </Button>
      </div>
    </form>
  );
}
