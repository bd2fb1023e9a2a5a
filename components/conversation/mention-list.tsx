import clsx from "clsx";
import type { UserBrief } from "@/lib/protocol/objects";
import { Avatar } from "../ui/avatar";

interface MentionListProps {
  id: string;
  people: readonly UserBrief[];
  chosen: number;
  onChoose: (person: UserBrief) => void;
}

export const optionId = (listId: string, person: UserBrief) => `${listId}-${person.id}`;

/** Above the composer, whose text box says by `aria-activedescendant` which of them is chosen. */
export function MentionList({ id, people, chosen, onChoose }: MentionListProps) {
  return (
    <div
      id={id}
      role="listbox"
      aria-label="People"
      className="appear absolute bottom-full left-0 z-20 mb-2 w-80 max-w-full overflow-hidden rounded-xl border border-border bg-raised p-1.5 shadow-overlay"
    >
      {people.map((person, index) => (
        <div
          key={person.id}
          id={optionId(id, person)}
          role="option"
          aria-selected={index === chosen}
          tabIndex={-1}
          onPointerDown={(event) => {
            event.preventDefault();
            onChoose(person);
          }}
          className={clsx(
            "flex min-h-9 items-center gap-2.5 rounded-md px-2 text-sm max-md:min-h-11",
            index === chosen && "bg-hover",
          )}
        >
          <Avatar user={person} size="small" />
          <span className="truncate font-medium">{person.name}</span>
          <span className="truncate text-subtle">@{person.username}</span>
        </div>
      ))}
    </div>
  );
}
