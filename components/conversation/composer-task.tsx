import { Pencil, Reply, X } from "lucide-react";
import type { Message } from "@/lib/protocol/objects";

/** What the composer is for at the moment, when it is not for a message of its own. */
export type ComposerTask = { kind: "reply" | "edit"; message: Message };

interface ComposerContextProps {
  task: ComposerTask;
  onCancel: () => void;
}

export function ComposerContext({ task, onCancel }: ComposerContextProps) {
  const reply = task.kind === "reply";
  const Icon = reply ? Reply : Pencil;
  return (
    <div className="flex items-center gap-2 border-b border-border py-1 pr-1 pl-3.5 text-sm text-muted">
      <Icon aria-hidden="true" className="size-3.5 shrink-0" />
      <span className="min-w-0 flex-1 truncate">
        {reply ? (
          <>
            Replying to <span className="font-medium text-text">{task.message.user.name}</span>
            <span className="ml-2 text-subtle">{task.message.content.slice(0, 200)}</span>
          </>
        ) : (
          "Editing your message"
        )}
      </span>
      <span aria-hidden="true" className="text-xs text-subtle max-md:hidden">
        Esc
      </span>
      <button
        type="button"
        aria-label={reply ? "Cancel reply" : "Cancel editing"}
        onClick={onCancel}
        className="grid size-7 shrink-0 place-items-center rounded-md hover:bg-hover hover:text-text max-md:size-11"
      >
        <X aria-hidden="true" className="size-4" />
      </button>
    </div>
  );
}
