"use client";

import { selectTypists } from "@/lib/client/selectors";
import { useChatState } from "@/lib/client/use-chat";

/** Who is typing, in a line that is always there: nothing moves when somebody begins. */
export function TypingLine({ roomId }: { roomId: string }) {
  const typists = useChatState(selectTypists(roomId)).filter(({ threadId }) => threadId === null);
  const names = typists.map(({ user }) => user.name);
  return (
    <div
      aria-live="polite"
      className="flex h-6 shrink-0 items-center gap-2 truncate px-6 pb-0.5 text-xs text-subtle max-md:px-4"
    >
      {names.length > 0 && (
        <>
          <span aria-hidden="true" className="flex gap-[3px]">
            {[0, 1, 2].map((dot) => (
              <span key={dot} className="typing-dot size-1 rounded-full bg-subtle" data-dot={dot} />
            ))}
          </span>
          <span className="truncate">{sentence(names)}</span>
        </>
      )}
    </div>
  );
}

function sentence(names: string[]): string {
  const [first, second] = names;
  if (names.length === 1) return `${first} is typing…`;
  if (names.length === 2) return `${first} and ${second} are typing…`;
  return "Several people are typing…";
}
