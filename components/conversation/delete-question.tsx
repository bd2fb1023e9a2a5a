"use client";

import { useActions } from "@/lib/client/use-chat";
import type { Message } from "@/lib/protocol/objects";
import { attempt } from "../chat/attempt";
import { Confirm } from "../ui/confirm";

export default function DeleteQuestion({ message, onClose }: { message: Message; onClose: () => void }) {
  const { remove } = useActions();
  return (
    <Confirm
      open
      onOpenChange={(open) => !open && onClose()}
      title="Delete this message?"
      description="It disappears for everybody in the conversation. This cannot be undone."
      action="Delete"
      onConfirm={() => attempt(remove(message.roomId, message.id))}
    />
  );
}
