import type { ReplyTo } from "@/lib/protocol/objects";

/** Of an excerpt only the words are shown. */
const marks = /`+|\*\*|__|~~/g;

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
      className="mb-0.5 flex max-w-full items-end gap-2 rounded-md pr-1.5 text-left text-sm text-muted hover:text-text"
    >
      {/* From the face below to the words above. */}
      <span
        aria-hidden="true"
        className="ml-[17px] h-2.5 w-[25px] shrink-0 rounded-tl-md border-t-2 border-l-2 border-border"
      />
      <span className="sr-only">In reply to </span>
      <span className="shrink-0 font-medium">{replyTo.user.name}</span>
      <span className="truncate">{replyTo.excerpt.replace(marks, "") || "This message was deleted"}</span>
    </button>
  );
}
