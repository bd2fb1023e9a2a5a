"use client";

import clsx from "clsx";
import { X } from "lucide-react";
import { type KeyboardEvent, useEffect, useId, useState } from "react";
import { useChat, useChatState } from "@/lib/client/use-chat";
import type { UserBrief } from "@/lib/protocol/objects";
import { Avatar } from "../ui/avatar";
import { Skeleton } from "../ui/skeleton";

const TYPING_PAUSE_MS = 150;

interface PeoplePickerProps {
  label: string;
  chosen: readonly UserBrief[];
  onChange: (people: readonly UserBrief[]) => void;
  /** How many may be chosen. */
  limit: number;
  /** Who is not offered. */
  without?: ReadonlySet<string>;
}

/** Choose people by typing their names: one box, the chosen ones in it. */
export function PeoplePicker({ label, chosen, onChange, limit, without }: PeoplePickerProps) {
  const { api } = useChat();
  const meId = useChatState((state) => state.me?.id);
  const [typed, setTyped] = useState("");
  const [found, setFound] = useState<readonly UserBrief[] | null>(null);
  const [failed, setFailed] = useState(false);
  const [at, setAt] = useState(0);
  const id = useId();
  const listId = `${id}-list`;

  useEffect(() => {
    let late = false;
    const q = typed.trim();
    const timer = setTimeout(
      () => {
        api("GET /api/users", { query: { limit: 50, ...(q && { q }) } }).then(
          ({ users }) => {
            if (late) return;
            setFound(users);
            setFailed(false);
          },
          () => !late && setFailed(true),
        );
      },
      q ? TYPING_PAUSE_MS : 0,
    );
    return () => {
      late = true;
      clearTimeout(timer);
    };
  }, [api, typed]);

  const taken = new Set(chosen.map((person) => person.id));
  const offered = (found ?? []).filter(
    (person) => person.id !== meId && !taken.has(person.id) && !without?.has(person.id),
  );
  const full = chosen.length >= limit;
  const current = full ? undefined : offered[Math.min(at, offered.length - 1)];

  const add = (person: UserBrief) => {
    if (full) return;
    onChange([...chosen, person]);
    setTyped("");
    setAt(0);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    const index = Math.min(at, offered.length - 1);
    if (event.key === "ArrowDown" && offered.length > 0) setAt((index + 1) % offered.length);
    else if (event.key === "ArrowUp" && offered.length > 0) setAt((index + offered.length - 1) % offered.length);
    else if (event.key === "Enter" && current && (typed !== "" || chosen.length === 0)) add(current);
    else if (event.key === "Backspace" && typed === "" && chosen.length > 0) onChange(chosen.slice(0, -1));
    else return;
    event.preventDefault();
  };

  return (
    <div className="flex min-h-0 flex-col">
      <label htmlFor={id} className="sr-only">
        {label}
      </label>
      <div className="mx-5 flex max-h-32 flex-wrap gap-1.5 overflow-y-auto rounded-control border border-control bg-raised p-1.5 focus-within:outline-2 focus-within:outline-accent">
        {chosen.map((person) => (
          <span
            key={person.id}
            className="flex h-8 items-center gap-1.5 rounded-md bg-accent-soft pl-1.5 text-sm font-medium text-accent-text"
          >
            <Avatar user={person} size="tiny" />
            {person.name}
            <button
              type="button"
              aria-label={`Take out ${person.name}`}
              onClick={() => onChange(chosen.filter(({ id: other }) => other !== person.id))}
              className="grid size-8 place-items-center rounded-md hover:bg-hover"
            >
              <X aria-hidden="true" className="size-3.5" />
            </button>
          </span>
        ))}
        <input
          id={id}
          value={typed}
          onChange={(event) => {
            setTyped(event.target.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
          role="combobox"
          aria-expanded="true"
          aria-controls={listId}
          aria-activedescendant={current ? `${listId}-${current.id}` : undefined}
          autoComplete="off"
          spellCheck={false}
          placeholder={chosen.length === 0 ? "Type a name" : ""}
          className="h-8 min-w-28 flex-1 bg-transparent px-1.5 outline-none max-md:h-9"
        />
      </div>
      <div
        id={listId}
        role="listbox"
        aria-label="People"
        aria-multiselectable="true"
        className="mt-2 h-64 overflow-y-auto px-3"
      >
        {offered.map((person) => (
          <div
            key={person.id}
            id={`${listId}-${person.id}`}
            role="option"
            aria-selected={person === current}
            aria-disabled={full}
            tabIndex={-1}
            onPointerMove={() => setAt(offered.indexOf(person))}
            onClick={() => add(person)}
            onKeyDown={onKeyDown}
            className={clsx(
              "flex h-11 cursor-pointer items-center gap-2.5 rounded-control px-2 max-md:h-12",
              person === current && "bg-hover",
              full && "opacity-60",
            )}
          >
            <Avatar user={person} size="small" />
            <span className="truncate font-medium">{person.name}</span>
            <span className="truncate text-sm text-subtle">@{person.username}</span>
          </div>
        ))}
        {!found && !failed && (
          <div className="flex flex-col gap-2 px-2 pt-1">
            <Skeleton className="h-9" />
            <Skeleton className="h-9" />
            <Skeleton className="h-9" />
          </div>
        )}
      </div>
      <p role="status" className="min-h-6 px-5 text-sm text-subtle">
        {failed
          ? "People could not be looked up. Check your connection and type again."
          : full
            ? `That is as many as fit: ${limit}.`
            : found && offered.length === 0
              ? typed.trim()
                ? `Nobody is called “${typed.trim()}”.`
                : "Nobody else is here yet. Send your people the address of this server."
              : ""}
      </p>
    </div>
  );
}
