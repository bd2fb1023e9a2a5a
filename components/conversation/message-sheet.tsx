"use client";

import clsx from "clsx";
import { Content, Overlay, Portal, Root, Title } from "radix-ui/dialog";
import type { Message } from "@/lib/protocol/objects";
import { useEmojiPicker } from "./emoji-picker-host";
import { frequentEmoji } from "./frequent-emoji";
import { useMessageActions } from "./message-actions";

interface MessageSheetProps {
  message: Message;
  anchor: HTMLElement;
  onReact: (emoji: string) => void;
  onClose: () => void;
  onDelete: () => void;
}

/** The same as the menu for fingers: along the lower edge, where a thumb reaches. */
export default function MessageSheet({ message, anchor, onReact, onClose, onDelete }: MessageSheetProps) {
  const actions = useMessageActions(message, onDelete);
  const pickEmoji = useEmojiPicker();
  const then = (run: () => void) => () => {
    onClose();
    run();
  };
  return (
    <Root open onOpenChange={(open) => !open && onClose()}>
      <Portal>
        <Overlay className="fixed inset-0 z-40 bg-scrim" />
        <Content
          aria-describedby={undefined}
          onCloseAutoFocus={(event) => event.preventDefault()}
          className="appear fixed inset-x-0 bottom-0 z-40 rounded-t-[20px] border-t border-border bg-raised px-3 pt-3 pb-[max(0.75rem,env(safe-area-inset-bottom))] shadow-overlay focus-visible:outline-none"
        >
          <Title className="sr-only">Message actions</Title>
          <div className="flex justify-between gap-2 pb-2">
            {frequentEmoji(5).map((emoji) => (
              <button
                key={emoji}
                type="button"
                aria-label={`React with ${emoji}`}
                onClick={then(() => onReact(emoji))}
                className="grid size-12 place-items-center rounded-full bg-hover text-xl"
              >
                {emoji}
              </button>
            ))}
            <button
              type="button"
              aria-label="Add reaction"
              onClick={then(() => pickEmoji(anchor, onReact))}
              className="grid size-12 place-items-center rounded-full bg-hover text-xl text-muted"
            >
              +
            </button>
          </div>
          {actions.map(({ name, icon: Icon, danger, run }) => (
            <button
              key={name}
              type="button"
              onClick={danger ? run : then(run)}
              className={clsx(
                "flex h-12 w-full items-center gap-3 rounded-control px-2 text-left",
                danger ? "text-danger" : "text-text",
              )}
            >
              <Icon aria-hidden="true" className="size-5" strokeWidth={1.8} />
              {name}
            </button>
          ))}
        </Content>
      </Portal>
    </Root>
  );
}
