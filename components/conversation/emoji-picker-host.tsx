"use client";

import { createContext, lazy, type ReactNode, useCallback, useContext, useState } from "react";
import { Late } from "../ui/late";
import { countEmoji } from "./frequent-emoji";

const EmojiPicker = lazy(() => import("./emoji-picker"));

type PickEmoji = (anchor: HTMLElement, onPick: (emoji: string) => void) => void;

const EmojiPickerContext = createContext<PickEmoji>(() => undefined);

/** Opens the one emoji picker beside a button and hands over what was chosen. */
export const useEmojiPicker = () => useContext(EmojiPickerContext);

export function EmojiPickerHost({ children }: { children: ReactNode }) {
  const [shown, setShown] = useState<{ anchor: HTMLElement; onPick: (emoji: string) => void } | null>(null);
  const pick = useCallback<PickEmoji>(
    (anchor, onPick) => setShown((now) => (now?.anchor === anchor ? null : { anchor, onPick })),
    [],
  );
  const close = useCallback(() => setShown(null), []);
  return (
    <EmojiPickerContext value={pick}>
      {children}
      {shown && (
        <Late onFailed={close}>
          <EmojiPicker
            anchor={shown.anchor}
            onClose={close}
            onPick={(emoji) => {
              countEmoji(emoji);
              close();
              shown.onPick(emoji);
            }}
          />
        </Late>
      )}
    </EmojiPickerContext>
  );
}
