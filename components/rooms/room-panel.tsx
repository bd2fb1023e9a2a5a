"use client";

import { X } from "lucide-react";
import type { Room } from "@/lib/protocol/objects";
import { type Panel, showPanel } from "../chat/route";
import { IconButton } from "../ui/icon-button";
import { DetailsPanel } from "./details-panel";
import { MembersPanel } from "./members-panel";

const names: Record<Panel, string> = { members: "Members", details: "About" };

/** What stands beside a conversation; its name is in the address. */
export default function RoomPanel({ room, panel }: { room: Room; panel: Panel }) {
  return (
    <>
      <div className="flex h-14 shrink-0 items-center border-b border-border pr-3 pl-5 max-md:pr-1">
        <h2 className="flex-1 font-semibold">{names[panel]}</h2>
        <IconButton icon={X} label="Close panel" onClick={() => showPanel(null)} />
      </div>
      {panel === "members" ? <MembersPanel room={room} /> : <DetailsPanel room={room} />}
    </>
  );
}
