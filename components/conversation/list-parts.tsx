import { Hash, Lock, Pencil, UserPlus } from "lucide-react";
import { otherMembers, roomTitle } from "@/lib/client/selectors";
import type { Room } from "@/lib/protocol/objects";
import { useDialogs } from "../chat/dialogs";
import { showPanel } from "../chat/route";
import { Avatar } from "../ui/avatar";
import { Button } from "../ui/button";
import { dayNameOf } from "../ui/clock";
import { Skeleton } from "../ui/skeleton";

const pill =
  "rounded-full border border-border bg-surface px-3 py-0.5 text-xs font-medium text-muted whitespace-nowrap select-none";

export function DaySeparator({ date }: { date: Date }) {
  return (
    <div className="relative flex h-12 items-center justify-center px-5 max-md:px-3">
      <span aria-hidden="true" className="absolute inset-x-5 h-px bg-border max-md:inset-x-3" />
      <h2 className={`relative ${pill}`}>{dayNameOf(date, new Date())}</h2>
    </div>
  );
}

/** The day of what is at the top, in the place where a separator would stick. */
export function FloatingDay({ date }: { date: Date | null }) {
  return (
    <div aria-hidden="true" className="pointer-events-none absolute inset-x-0 top-2 z-10 flex justify-center">
      {date && <span className={`${pill} appear shadow-raised`}>{dayNameOf(date, new Date())}</span>}
    </div>
  );
}

export function NewDivider() {
  return (
    <div className="flex h-8 items-center gap-3 px-5 max-md:px-3">
      <span aria-hidden="true" className="h-px flex-1 bg-accent" />
      <span className="text-xs font-semibold text-accent-text">New</span>
      <span aria-hidden="true" className="h-px w-5 bg-accent" />
    </div>
  );
}

const widths = ["w-3/5", "w-2/5", "w-4/5", "w-1/2", "w-1/3", "w-3/4", "w-2/5", "w-3/5"];

/** Messages that are on their way. */
export function MessageSkeletons({ count }: { count: number }) {
  return Array.from({ length: count }, (_, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: all alike
    <div key={index} aria-hidden="true" className="flex gap-3 px-5 pt-2 pb-1.5 max-md:px-3">
      <Skeleton className="size-9 rounded-[10px]" />
      <div className="flex flex-1 flex-col gap-2 pt-1">
        <Skeleton className="h-3.5 w-28" />
        <Skeleton className={`h-3.5 ${widths[index % widths.length]}`} />
      </div>
    </div>
  ));
}

interface EdgeProps {
  failed: boolean;
  onRetry: () => void;
}

/** The rows between what is loaded and what is not, of one size whether they wait or have failed. */
export function EdgeRows({ failed, onRetry }: EdgeProps) {
  return (
    <div className="flex h-[180px] flex-col justify-end overflow-hidden">
      {failed ? (
        <div className="flex h-full flex-col items-center justify-center gap-2 text-sm text-muted">
          These messages could not be loaded.
          <Button size="small" onClick={onRetry}>
            Retry
          </Button>
        </div>
      ) : (
        <MessageSkeletons count={3} />
      )}
    </div>
  );
}

interface BeginningProps {
  room: Room;
  meId: string | undefined;
}

/** What stands above the first message of a room. */
export function Beginning({ room, meId }: BeginningProps) {
  const title = roomTitle(room, meId);
  if (room.kind === "dm") {
    const others = otherMembers(room, meId);
    return (
      <div className="px-5 pt-10 pb-3 max-md:px-3">
        <div className="flex gap-1.5">
          {others.slice(0, 5).map((person) => (
            <Avatar key={person.id} user={person} size="large" />
          ))}
        </div>
        <h2 className="mt-3 text-xl font-semibold tracking-[-0.02em]">{title}</h2>
        <p className="mt-1 max-w-lg text-muted">
          {others.length === 1 && others[0]?.id === meId
            ? "This is your own space: notes, links and drafts that nobody else sees."
            : others.length === 1
              ? `This is the beginning of your conversation with ${title}. Only the two of you can read it.`
              : `This is the beginning of your conversation with ${title}. Only you ${others.length + 1} can read it.`}
        </p>
      </div>
    );
  }
  const Icon = room.isPrivate ? Lock : Hash;
  return (
    <div className="px-5 pt-10 pb-3 max-md:px-3">
      <span className="grid size-14 place-items-center rounded-2xl bg-accent-soft text-accent-text">
        <Icon aria-hidden="true" className="size-7" strokeWidth={2} />
      </span>
      <h2 className="mt-3 text-xl font-semibold tracking-[-0.02em]">{title}</h2>
      {room.description && <p className="mt-1 max-w-lg">{room.description}</p>}
      <p className="mt-1 max-w-lg text-muted">
        This is where {title} begins.
        {room.isPrivate ? " Only its members can find and read it." : " Anyone on this server can join."}
      </p>
      <BeginningSteps room={room} />
    </div>
  );
}

function BeginningSteps({ room }: { room: Room }) {
  const openDialog = useDialogs();
  const admin = room.me?.role === "admin";
  const mayAdd = !room.isPrivate || room.me?.role !== "member";
  return (
    <div className="mt-4 flex flex-wrap gap-2">
      {mayAdd && (
        <Button size="small" onClick={() => openDialog({ kind: "add-people", roomId: room.id })}>
          <UserPlus aria-hidden="true" className="size-4" />
          Add people
        </Button>
      )}
      {admin && !room.description && (
        <Button size="small" onClick={() => showPanel("details")}>
          <Pencil aria-hidden="true" className="size-4" />
          Say what it is about
        </Button>
      )}
    </div>
  );
}
