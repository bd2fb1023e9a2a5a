"use client";

import clsx from "clsx";
import { ArrowUp, Check, Smile } from "lucide-react";
import {
  type ClipboardEvent,
  type KeyboardEvent,
  type Ref,
  useEffect,
  useId,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import { selectDraft } from "@/lib/client/selectors";
import { useActions, useChatState } from "@/lib/client/use-chat";
import { MAX_CONTENT } from "@/lib/protocol/limits";
import type { Message } from "@/lib/protocol/objects";
import { attempt } from "../chat/attempt";
import { ComposerContext, type ComposerTask } from "./composer-task";
import { useEmojiPicker } from "./emoji-picker-host";
import { linkSelection, type Selected, toggleMark } from "./format-selection";
import { MentionList, optionId } from "./mention-list";
import { useMentionCompletion } from "./use-mention-completion";

/** Characters left at which the counter appears. */
const COUNT_FROM = 200;

export interface ComposerHandle {
  focus: () => void;
  insert: (text: string) => void;
}

interface ComposerProps {
  roomId: string;
  /** "#general", or the names of a direct conversation. */
  title: string;
  task: ComposerTask | null;
  onTaskDone: () => void;
  /** The newest own message, to be edited by ↑ in an empty composer. */
  lastOwn: () => Message | undefined;
  onEdit: (message: Message) => void;
  ref: Ref<ComposerHandle>;
}

export function Composer({ roomId, title, task, onTaskDone, lastOwn, onEdit, ref }: ComposerProps) {
  const actions = useActions();
  const draft = useChatState(selectDraft(roomId));
  const enterSends = useChatState((state) => state.me?.preferences.enterSends ?? true);
  const editing = task?.kind === "edit" ? task.message : null;
  const [edited, setEdited] = useState("");
  const box = useRef<HTMLTextAreaElement>(null);
  const caret = useRef<{ start: number; end: number } | null>(null);
  const listId = useId();
  const pickEmoji = useEmojiPicker();

  const text = editing ? edited : draft;
  const setText = (next: string) => {
    if (editing) return setEdited(next);
    actions.setDraft(roomId, next);
    actions.setTyping(roomId, next.trim() !== "");
  };
  /** Changes the text and puts the caret, once the box shows it. */
  const write = ({ text: next, start, end }: Selected) => {
    caret.current = { start, end };
    setText(next);
    box.current?.focus();
  };
  const mentions = useMentionCompletion(roomId, ({ text: next, caret: at }) =>
    write({ text: next, start: at, end: at }),
  );

  useLayoutEffect(() => {
    if (editing) setEdited(editing.content);
  }, [editing]);

  // The box is as high as its text, up to the bound that its class sets; text and caret change together.
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    if (caret.current) {
      element.setSelectionRange(caret.current.start, caret.current.end);
      caret.current = null;
    }
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight}px`;
  });

  useEffect(() => {
    if (task) box.current?.focus();
  }, [task]);

  const selection = (): Selected => ({
    text,
    start: box.current?.selectionStart ?? text.length,
    end: box.current?.selectionEnd ?? text.length,
  });
  const insert = (piece: string) => {
    const { start, end } = selection();
    write({
      text: text.slice(0, start) + piece + text.slice(end),
      start: start + piece.length,
      end: start + piece.length,
    });
  };
  useImperativeHandle(ref, () => ({ focus: () => box.current?.focus(), insert }));

  const length = [...text].length;
  const tooLong = length > MAX_CONTENT;
  const blank = text.trim() === "";

  const submit = () => {
    if (tooLong || (blank && !editing)) return;
    mentions.dismiss();
    if (editing) {
      onTaskDone();
      if (!blank && text !== editing.content) void attempt(actions.edit(roomId, editing.id, text));
      return;
    }
    const replyToId = task?.kind === "reply" ? task.message.id : undefined;
    actions.setTyping(roomId, false);
    actions.setDraft(roomId, "");
    void attempt(actions.send(roomId, text, replyToId ? { replyToId } : {}));
    if (task) onTaskDone();
  };

  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (mentions.onKey(event) || event.nativeEvent.isComposing) return;
    const command = event.ctrlKey || event.metaKey;
    const mark = command && !event.shiftKey ? { b: "**", i: "_" }[event.key.toLowerCase()] : undefined;
    const code = command && event.shiftKey && event.key.toLowerCase() === "c" ? "`" : undefined;
    if (mark || code) write(toggleMark(selection(), mark ?? code ?? ""));
    else if (event.key === "Enter" && !event.shiftKey && !event.altKey && enterSends !== command) submit();
    else if (event.key === "Escape" && task) onTaskDone();
    else if (event.key === "ArrowUp" && text === "" && !task) {
      const own = lastOwn();
      if (!own) return;
      onEdit(own);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const onPaste = (event: ClipboardEvent<HTMLTextAreaElement>) => {
    const link = linkSelection(selection(), event.clipboardData.getData("text/plain"));
    if (!link) return;
    event.preventDefault();
    write(link);
  };

  const chosen = mentions.people[mentions.chosen];
  return (
    <form
      className="relative shrink-0 px-5 max-md:px-3"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <div className="relative">
        {chosen && (
          <MentionList id={listId} people={mentions.people} chosen={mentions.chosen} onChoose={mentions.choose} />
        )}
        <div
          className={clsx(
            "rounded-card border bg-raised shadow-raised transition-colors focus-within:border-accent",
            tooLong ? "border-danger" : "border-control",
          )}
        >
          {task && <ComposerContext task={task} onCancel={onTaskDone} />}
          <div className="flex items-end gap-1 p-1.5">
            <textarea
              ref={box}
              rows={1}
              value={text}
              aria-label={editing ? "Edit message" : `Message ${title}`}
              placeholder={editing ? "Edit your message" : `Message ${title}`}
              aria-controls={chosen ? listId : undefined}
              aria-activedescendant={chosen ? optionId(listId, chosen) : undefined}
              aria-autocomplete="list"
              enterKeyHint={enterSends ? "send" : "enter"}
              onChange={(event) => {
                setText(event.target.value);
                mentions.look(event.target.value, event.target.selectionStart);
              }}
              onSelect={(event) => {
                const { value, selectionStart } = event.currentTarget;
                if (mentions.people.length > 0) mentions.look(value, selectionStart);
              }}
              onBlur={mentions.dismiss}
              onKeyDown={onKeyDown}
              onPaste={onPaste}
              className="max-h-[40dvh] min-h-9 flex-1 resize-none bg-transparent px-2.5 py-[7px] text-base outline-none max-md:min-h-11 max-md:py-[11px] max-md:text-[1rem]"
            />
            <button
              type="button"
              aria-label="Emoji"
              data-tip="Emoji"
              onClick={(event) => pickEmoji(event.currentTarget, insert)}
              className="grid size-9 shrink-0 place-items-center rounded-control text-muted transition-colors hover:bg-hover hover:text-text max-md:size-11"
            >
              <Smile aria-hidden="true" className="size-[18px]" strokeWidth={1.9} />
            </button>
            <button
              type="submit"
              aria-label={editing ? "Save changes" : "Send message"}
              disabled={tooLong || blank}
              className={clsx(
                "grid size-9 shrink-0 place-items-center rounded-control transition-colors max-md:size-11",
                blank || tooLong ? "bg-hover text-subtle" : "bg-accent text-on-accent hover:bg-accent-hover",
              )}
            >
              {editing ? (
                <Check aria-hidden="true" className="size-[18px]" strokeWidth={2.2} />
              ) : (
                <ArrowUp aria-hidden="true" className="size-[18px]" strokeWidth={2.2} />
              )}
            </button>
          </div>
        </div>
        {length > MAX_CONTENT - COUNT_FROM && (
          <p
            role="status"
            className={clsx(
              "tabular absolute right-24 bottom-full mb-1 rounded-md bg-surface px-1.5 text-xs",
              tooLong ? "text-danger" : "text-subtle",
            )}
          >
            {tooLong ? `${length - MAX_CONTENT} too many` : `${MAX_CONTENT - length} left`}
          </p>
        )}
      </div>
    </form>
  );
}
