"use client";

import { Compass, Hash, Link2, type LucideIcon, MessageCircle } from "lucide-react";
import { useChatState } from "@/lib/client/use-chat";
import { PublicRooms } from "../rooms/public-rooms";
import { Mark } from "../ui/logo";
import { toast } from "../ui/toast";
import { useDialogs } from "./dialogs";
import { MenuButton } from "./menu-button";

/** No room is open: what one can do next, and on an empty server what comes first. */
export default function StartPage({ onMenu }: { onMenu: () => void }) {
  const me = useChatState((state) => state.me);
  const empty = useChatState((state) => state.roomsStatus === "ready" && state.rooms.size === 0);
  const openDialog = useDialogs();
  const owner = me?.role === "owner";
  const firstName = me?.name.split(/\s+/)[0] ?? "";
  const address = async () => {
    try {
      await navigator.clipboard.writeText(`${window.location.origin}/register`);
      toast("The address is copied. Send it to your people.");
    } catch {
      toast(`Send your people this address: ${window.location.origin}/register`);
    }
  };

  return (
    <>
      <header className="flex h-14 shrink-0 items-center px-1 md:hidden">
        <MenuButton onMenu={onMenu} />
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto">
        <div className="mx-auto w-full max-w-[40rem] px-6 pt-[max(2rem,9dvh)] pb-12 max-md:px-4 max-md:pt-6">
          <Mark className="mb-5 size-11" />
          <h1 className="text-2xl font-semibold tracking-[-0.03em] text-balance">
            {empty && owner ? `It’s yours, ${firstName}.` : `Hello, ${firstName}.`}
          </h1>
          <p className="mt-2 max-w-[32rem] text-muted text-pretty">
            {empty && owner
              ? "Nobody else is here yet. Make the first room, then send your people the address."
              : empty
                ? "You are not in a room yet. Join one below, or write to somebody."
                : "Pick a conversation on the left, or begin something new."}
          </p>
          <ul className="mt-6 grid gap-3 sm:grid-cols-3">
            <Step
              icon={Hash}
              name={empty && owner ? "Make the first room" : "Create a room"}
              text="For a team, a project, or lunch."
              primary={empty && owner}
              onPress={() => openDialog({ kind: "create-room" })}
            />
            {owner ? (
              <Step icon={Link2} name="Invite people" text="Copy the address where they register." onPress={address} />
            ) : (
              <Step
                icon={Compass}
                name="Browse rooms"
                text="See what others talk about."
                onPress={() => openDialog({ kind: "browse-rooms" })}
              />
            )}
            <Step
              icon={MessageCircle}
              name="Message someone"
              text="Only the two of you, or up to eight."
              onPress={() => openDialog({ kind: "new-direct" })}
            />
          </ul>
          <PublicRooms />
        </div>
      </div>
    </>
  );
}

interface StepProps {
  icon: LucideIcon;
  name: string;
  text: string;
  primary?: boolean;
  onPress: () => void;
}

function Step({ icon: Icon, name, text, primary = false, onPress }: StepProps) {
  return (
    <li>
      <button
        type="button"
        onClick={onPress}
        className="flex size-full flex-col items-start rounded-card border border-border bg-raised p-4 text-left shadow-raised transition-colors hover:border-control max-sm:flex-row max-sm:items-center max-sm:gap-3"
      >
        <span
          className={
            primary
              ? "grid size-9 shrink-0 place-items-center rounded-[10px] bg-accent text-on-accent"
              : "grid size-9 shrink-0 place-items-center rounded-[10px] bg-accent-soft text-accent-text"
          }
        >
          <Icon aria-hidden="true" className="size-[18px]" strokeWidth={2} />
        </span>
        <span className="sm:mt-3">
          <span className="block font-semibold">{name}</span>
          <span className="mt-0.5 block text-sm text-muted">{text}</span>
        </span>
      </button>
    </li>
  );
}
