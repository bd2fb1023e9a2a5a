"use client";

import clsx from "clsx";
import { memo, useRef, useState } from "react";
import type { PendingMessage } from "@/lib/client/state";
import { useChatState } from "@/lib/client/use-chat";
import type { Message } from "@/lib/protocol/objects";
import { usePersonCard } from "../people/person-card-host";
import { Avatar } from "../ui/avatar";
import { exactTimeOf, timeOf } from "../ui/clock";
import { useConversation } from "./conversation-context";
import { MessageContent } from "./message-content";
import { MessageTools, type OpenTools } from "./message-tools";
import { PendingNote } from "./pending-note";
import { Reactions } from "./reactions";
import { ReplyQuote } from "./reply-quote";
import type { RowShape } from "./timeline";
import { useLongPress } from "./use-long-press";

interface MessageRowProps {
  message: Message;
  shape: RowShape;
  highlighted: boolean;
}

/** One stored message. Redrawn only when the message itself changes. */
export const MessageRow = memo(function MessageRow({ message, shape, highlighted }: MessageRowProps) {
  const [active, setActive] = useState(false);
  const [tools, setTools] = useState<OpenTools>("none");
  const clock = useChatState((state) => state.me?.preferences.clock ?? "auto");
  const mentioned = useChatState((state) => state.me !== null && message.mentions.includes(state.me.id));
  const row = useRef<HTMLElement>(null);
  const longPress = useLongPress(() => setTools("sheet"));
  const { jumpTo } = useConversation();

  if (shape === "hidden") return null;
  const date = new Date(message.createdAt);
  if (message.type === "system") return <SystemRow message={message} date={date} />;
  const gone = message.deletedAt !== null;

  return (
    <article
      ref={row}
      data-message-id={message.id}
      aria-label={`${message.user.name}, ${timeOf(date, clock)}`}
      tabIndex={-1}
      onPointerEnter={(event) => event.pointerType === "mouse" && setActive(true)}
      onPointerLeave={() => setActive(false)}
      onFocus={() => setActive(true)}
      onBlur={(event) => !event.currentTarget.contains(event.relatedTarget) && setActive(false)}
      {...(!gone && longPress)}
      className={clsx(
        "group/row relative px-5 transition-colors -outline-offset-2 max-md:px-3",
        shape === "head" ? "pt-2 pb-0.5" : "py-0.5",
        highlighted
          ? "bg-accent-soft"
          : mentioned && !gone
            ? "bg-[color-mix(in_srgb,var(--accent-soft)_45%,transparent)] shadow-[inset_2px_0_0_var(--accent-line)]"
            : "hover:bg-row-hover focus-within:bg-row-hover",
      )}
    >
      {message.replyTo && <ReplyQuote replyTo={message.replyTo} onJump={jumpTo} />}
      <div className="flex gap-3">
        {shape === "head" ? (
          <AuthorFace message={message} />
        ) : (
          <time
            dateTime={message.createdAt}
            data-tip={exactTimeOf(date, clock)}
            className="tabular w-9 shrink-0 pt-[3px] text-right text-[0.625rem] leading-4 text-subtle opacity-0 group-hover/row:opacity-100 group-focus-within/row:opacity-100"
          >
            {timeOf(date, clock).replace(/\s?[AP]M$/i, "")}
          </time>
        )}
        <div className="min-w-0 flex-1">
          {shape === "head" && <Byline message={message} date={date} clock={clock} />}
          {gone ? <p className="text-subtle italic">This message was deleted</p> : <MessageBody message={message} />}
        </div>
      </div>
      {!gone && (active || tools !== "none") && (
        <MessageTools message={message} row={row} tools={tools} onTools={setTools} />
      )}
    </article>
  );
});

function MessageBody({ message }: { message: Message }) {
  const clock = useChatState((state) => state.me?.preferences.clock ?? "auto");
  return (
    <>
      <MessageContent content={message.content} mentions={message.mentions} />
      {message.editedAt && (
        <span data-tip={exactTimeOf(new Date(message.editedAt), clock)} className="text-xs text-subtle select-none">
          edited
        </span>
      )}
      {message.reactions.length > 0 && <Reactions message={message} />}
    </>
  );
}

function AuthorFace({ message }: { message: Message }) {
  const showPerson = usePersonCard();
  return (
    <button
      type="button"
      // The name beside it leads to the same card.
      tabIndex={-1}
      aria-hidden="true"
      onClick={(event) => showPerson(message.user.id, event.currentTarget)}
      className="mt-0.5 h-9 shrink-0 rounded-[10px]"
    >
      <Avatar user={message.user} />
    </button>
  );
}

interface BylineProps {
  message: Message;
  date: Date;
  clock: "auto" | "12" | "24";
}

function Byline({ message, date, clock }: BylineProps) {
  const showPerson = usePersonCard();
  return (
    <div className="flex items-baseline gap-2">
      <button
        type="button"
        onClick={(event) => showPerson(message.user.id, event.currentTarget)}
        className="truncate font-semibold hover:underline"
      >
        {message.user.name}
      </button>
      {message.user.bot && (
        <span className="rounded bg-hover px-1 text-2xs font-medium tracking-wide text-muted uppercase">bot</span>
      )}
      <time
        dateTime={message.createdAt}
        data-tip={exactTimeOf(date, clock)}
        className="tabular shrink-0 text-xs text-subtle"
      >
        {timeOf(date, clock)}
      </time>
    </div>
  );
}

function SystemRow({ message, date }: { message: Message; date: Date }) {
  return (
    <div data-message-id={message.id} className="flex gap-3 px-5 py-1 text-sm text-subtle max-md:px-3">
      <span className="w-9 shrink-0" />
      <p>
        <span className="font-medium text-muted">{message.user.name}</span> {message.content}{" "}
        <time dateTime={message.createdAt} data-tip={exactTimeOf(date)} className="tabular text-xs">
          {timeOf(date)}
        </time>
      </p>
    </div>
  );
}

interface PendingRowProps {
  pending: PendingMessage;
  shape: RowShape;
}

/** An own message that is not stored yet, in the place it will have. */
export const PendingRow = memo(function PendingRow({ pending, shape }: PendingRowProps) {
  const me = useChatState((state) => state.me);
  const clock = useChatState((state) => state.me?.preferences.clock ?? "auto");
  const { jumpTo } = useConversation();
  const stuck = pending.state === "failed" || pending.state === "held";
  const date = new Date(pending.createdAt);
  return (
    <article
      data-client-id={pending.clientId}
      aria-label={`${me?.name ?? "You"}, ${stuck ? "not sent" : "sending"}`}
      className={clsx("px-5 max-md:px-3", shape === "head" ? "pt-2 pb-0.5" : "py-0.5")}
    >
      {pending.replyTo && <ReplyQuote replyTo={pending.replyTo} onJump={jumpTo} />}
      <div className="flex gap-3">
        <span className="w-9 shrink-0">{shape === "head" && me && <Avatar user={me} className="mt-0.5" />}</span>
        <div className="min-w-0 flex-1">
          {shape === "head" && (
            <div className="flex items-baseline gap-2">
              <span className="truncate font-semibold">{me?.name}</span>
              <time dateTime={date.toISOString()} className="tabular shrink-0 text-xs text-subtle">
                {timeOf(date, clock)}
              </time>
            </div>
          )}
          <div className={stuck ? undefined : "text-subtle"}>
            <MessageContent content={pending.content} />
          </div>
          {stuck && <PendingNote pending={pending} />}
        </div>
      </div>
    </article>
  );
});
