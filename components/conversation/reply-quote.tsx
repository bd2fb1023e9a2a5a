import { CornerDownRight } from "lucide-react";
import type { ReplyTo } from "@/lib/protocol/objects";

interface ReplyQuoteProps {
  replyTo: ReplyTo;
  onJump: (messageId: string) => void;
}

/** What a message answers; leads there. */
export function ReplyQuote({ replyTo, onJump }: ReplyQuoteProps) {
  return (
    <button
      type="button"
      onClick={() => onJump(replyTo.id)}
      className="mb-0.5 flex max-w-full items-center gap-1.5 rounded-md py-0.5 pr-1.5 text-left text-sm text-muted hover:text-text"
    >
      <CornerDownRight aria-hidden="true" className="size-3.5 shrink-0 text-subtle" />
      <span className="sr-only">In reply to </span>
      <span className="shrink-0 font-medium">{replyTo.user.name}</span>
      <span className="truncate">{replyTo.excerpt || "This message was deleted"}</span>
    </button>
  );
}
