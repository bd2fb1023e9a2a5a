"use client";

import { Ellipsis, Reply, SmilePlus } from "lucide-react";
import { type Dispatch, lazy, type RefObject, type SetStateAction, useRef } from "react";
import { useActions } from "@/lib/client/use-chat";
import type { Message } from "@/lib/protocol/objects";
import { attempt } from "../chat/attempt";
import { Late } from "../ui/late";
import { useConversation } from "./conversation-context";
import { useEmojiPicker } from "./emoji-picker-host";
import { countEmoji, frequentEmoji } from "./frequent-emoji";

const MessageMenu = lazy(() => import("./message-menu"));
const DeleteQuestion = lazy(() => import("./delete-question"));
const MessageSheet = lazy(() => import("./message-sheet"));

export type OpenTools = "none" | "menu" | "sheet" | "delete";

interface MessageToolsProps {
  message: Message;
  row: RefObject<HTMLElement | null>;
  tools: OpenTools;
  onTools: Dispatch<SetStateAction<OpenTools>>;
}

const button =
  "grid size-8 place-items-center rounded-md text-muted transition-colors hover:bg-hover hover:text-text aria-expanded:bg-hover";

/** What can be done with a message: a small bar on its corner, shown where the pointer or the focus is. */
export function MessageTools({ message, row, tools, onTools }: MessageToolsProps) {
  const { reply } = useConversation();
  const { react } = useActions();
  const pickEmoji = useEmojiPicker();
  const more = useRef<HTMLButtonElement>(null);
  const add = (emoji: string) => {
    countEmoji(emoji);
    void attempt(react(message.roomId, message.id, emoji));
  };
  const close = () => onTools("none");
  // Choosing "Delete" also closes the menu: the question that follows must stay.
  const closeMenu = () => onTools((open) => (open === "delete" ? open : "none"));
  const askToDelete = () => onTools("delete");

  return (
    <>
      <div
        role="toolbar"
        aria-label="Message actions"
        className="absolute -top-4 right-5 z-10 flex gap-0.5 rounded-[10px] border border-border bg-raised p-0.5 shadow-raised max-md:hidden"
      >
        {frequentEmoji().map((emoji) => (
          <button
            key={emoji}
            type="button"
            aria-label={`React with ${emoji}`}
            className={button}
            onClick={() => add(emoji)}
          >
            <span className="text-base leading-none">{emoji}</span>
          </button>
        ))}
        <span aria-hidden="true" className="mx-0.5 my-1.5 w-px bg-border" />
        <button
          type="button"
          aria-label="Add reaction"
          data-tip="Add reaction"
          className={button}
          onClick={(event) => pickEmoji(event.currentTarget, add)}
        >
          <SmilePlus aria-hidden="true" className="size-[17px]" strokeWidth={1.9} />
        </button>
        <button
          type="button"
          aria-label="Reply"
          data-tip="Reply"
          data-tip-keys="R"
          className={button}
          onClick={() => reply(message)}
        >
          <Reply aria-hidden="true" className="size-[17px]" strokeWidth={1.9} />
        </button>
        <button
          ref={more}
          type="button"
          aria-label="More actions"
          data-tip="More"
          aria-haspopup="menu"
          aria-expanded={tools === "menu"}
          className={button}
          onClick={() => onTools(tools === "menu" ? "none" : "menu")}
        >
          <Ellipsis aria-hidden="true" className="size-[17px]" strokeWidth={1.9} />
        </button>
      </div>
      {tools === "menu" && more.current && (
        <Late onFailed={close}>
          <MessageMenu message={message} anchor={more.current} onClose={closeMenu} onDelete={askToDelete} />
        </Late>
      )}
      {tools === "sheet" && row.current && (
        <Late onFailed={close}>
          <MessageSheet
            message={message}
            anchor={row.current}
            onReact={add}
            onClose={closeMenu}
            onDelete={askToDelete}
          />
        </Late>
      )}
      {tools === "delete" && (
        <Late onFailed={close}>
          <DeleteQuestion message={message} onClose={close} />
        </Late>
      )}
    </>
  );
}
