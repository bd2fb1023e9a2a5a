"use client";

import data from "@emoji-mart/data/sets/15/native.json";
import { Picker } from "emoji-mart";
import { useEffect, useRef } from "react";
import { Popover } from "../ui/popover";

interface EmojiPickerProps {
  anchor: HTMLElement;
  onPick: (emoji: string) => void;
  onClose: () => void;
}

export default function EmojiPicker({ anchor, onPick, onClose }: EmojiPickerProps) {
  return (
    <Popover anchor={anchor} onClose={onClose} label="Emoji" align="end" side="top">
      <PickerElement onPick={onPick} />
    </Popover>
  );
}

/** The custom element takes its options once, at birth; what changes later is reached through a ref. */
function PickerElement({ onPick }: { onPick: (emoji: string) => void }) {
  const place = useRef<HTMLDivElement>(null);
  const latest = useRef(onPick);
  latest.current = onPick;

  useEffect(() => {
    const host = place.current;
    if (!host) return;
    const dark = getComputedStyle(document.documentElement).colorScheme;
    const system = window.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
    const theme = dark === "dark" || dark === "light" ? dark : system;
    host.dataset.theme = theme;
    const picker = new Picker({
      data,
      set: "native",
      theme,
      autoFocus: true,
      previewPosition: "none",
      skinTonePosition: "search",
      maxFrequentRows: 2,
      onEmojiSelect: ({ native }: { native?: string }) => {
        if (native) latest.current(native);
      },
    });
    const element = picker as unknown as HTMLElement;
    host.append(element);
    const stopAmending = amend(element);
    return () => {
      stopAmending();
      host.replaceChildren();
    };
  }, []);

  return <div ref={place} className="emoji-picker h-[27rem] max-h-[60dvh] w-[22rem] max-w-[calc(100vw-1rem)]" />;
}

/** The picker gives its buttons attributes of list items and tabs, which buttons may not have. */
function amend(picker: HTMLElement): () => void {
  const strip = () => {
    for (const button of picker.shadowRoot?.querySelectorAll("button") ?? []) {
      for (const name of ["aria-posinset", "aria-setsize", "aria-selected"]) button.removeAttribute(name);
    }
  };
  const observer = new MutationObserver(strip);
  if (picker.shadowRoot) {
    strip();
    observer.observe(picker.shadowRoot, { childList: true, subtree: true, attributeFilter: ["aria-selected"] });
  }
  return () => observer.disconnect();
}
