"use client";

import { Keyboard, LogOut } from "lucide-react";
import { useState } from "react";
import { useChat, useChatState } from "@/lib/client/use-chat";
import type { Preferences, PresenceState } from "@/lib/protocol/objects";
import { Menu, MenuChoice, MenuItem, MenuSeparator } from "../ui/menu";
import { applyTheme, currentTheme, type Theme } from "../ui/theme";
import { attempt } from "./attempt";
import { useDialogs } from "./dialogs";
import { stateName } from "./presence-name";

const states = (["online", "away", "dnd", "invisible"] as const).map((value) => ({ value, label: stateName(value) }));
const themes = [
  { value: "system", label: "Like the system" },
  { value: "light", label: "Light" },
  { value: "dark", label: "Dark" },
] as const;

export default function OwnMenu({ anchor, onClose }: { anchor: HTMLElement; onClose: () => void }) {
  const { store, actions, api, logout } = useChat();
  const me = useChatState((state) => state.me);
  const presence = useChatState((state) => (me ? state.presence.get(me.id)?.state : undefined)) ?? "online";
  const openDialog = useDialogs();
  const [theme, setTheme] = useState(currentTheme);

  const prefer = async (preferences: Partial<Preferences>) => {
    const answer = await attempt(api("PATCH /api/me", { body: { preferences } }));
    if (answer) store.setState({ me: answer.user });
  };
  const chooseTheme = (next: Theme) => {
    setTheme(next);
    applyTheme(next);
    void prefer({ theme: next });
  };
  const chooseState = (next: PresenceState) => void attempt(actions.setPresence(next));

  return (
    <Menu anchor={anchor} onClose={onClose} label="Your menu" side="top" align="start">
      <MenuChoice
        label="Status"
        value={presence === "offline" ? "online" : presence}
        options={states}
        onChange={chooseState}
      />
      <MenuSeparator />
      <MenuChoice label="Appearance" value={theme} options={themes} onChange={chooseTheme} />
      <MenuSeparator />
      <MenuItem icon={Keyboard} onSelect={() => openDialog({ kind: "shortcuts" })}>
        Keyboard shortcuts
      </MenuItem>
      <MenuItem icon={LogOut} onSelect={() => void logout()}>
        Log out
      </MenuItem>
    </Menu>
  );
}
