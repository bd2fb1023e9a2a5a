"use client";

import { Content, Portal, Provider, Root, Trigger } from "radix-ui/tooltip";
import { useEffect, useState } from "react";
import { AnchorBox } from "./anchor-box";

const DELAY_MS = 350;

/** What an element says about itself when it is pointed at or focused: a name for what has only an icon, the exact form of what is shown short. */
export interface Tip {
  "data-tip": string;
  /** Shown after the tip. */
  "data-tip-keys"?: string;
  "data-tip-side"?: "top" | "bottom" | "left" | "right";
}

function tipOf(target: EventTarget | null): HTMLElement | null {
  return target instanceof Element ? target.closest<HTMLElement>("[data-tip]") : null;
}

/**
 * The one tooltip of the page, for every element with a `data-tip`. One for all, because a message list holds
 * hundreds of such elements, and loaded late, because the page works without it.
 */
export default function TooltipLayer() {
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const show = (element: HTMLElement | null, delay: number) => {
      clearTimeout(timer);
      if (!element) return setAnchor(null);
      timer = setTimeout(() => setAnchor(element.isConnected ? element : null), delay);
    };
    const over = (event: PointerEvent) => {
      if (event.pointerType === "mouse") show(tipOf(event.target), DELAY_MS);
    };
    const focus = (event: FocusEvent) => {
      const element = tipOf(event.target);
      if (element?.matches(":focus-visible")) show(element, DELAY_MS);
    };
    const hide = () => show(null, 0);
    const keys = (event: KeyboardEvent) => {
      if (event.key === "Escape") hide();
    };
    document.addEventListener("pointerover", over);
    document.addEventListener("focusin", focus);
    document.addEventListener("focusout", hide);
    document.addEventListener("pointerdown", hide);
    document.addEventListener("keydown", keys);
    document.addEventListener("scroll", hide, true);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("pointerover", over);
      document.removeEventListener("focusin", focus);
      document.removeEventListener("focusout", hide);
      document.removeEventListener("pointerdown", hide);
      document.removeEventListener("keydown", keys);
      document.removeEventListener("scroll", hide, true);
    };
  }, []);

  if (!anchor) return null;
  const { tip, tipKeys, tipSide } = anchor.dataset;
  return (
    <Provider>
      <Root open key={tip} onOpenChange={(open) => !open && setAnchor(null)}>
        <Trigger asChild>
          <AnchorBox anchor={anchor} />
        </Trigger>
        <Portal>
          <Content
            side={(tipSide as Tip["data-tip-side"]) ?? "top"}
            sideOffset={6}
            collisionPadding={8}
            className="appear pointer-events-none z-50 max-w-72 rounded-md bg-text px-2 py-1 text-xs font-medium text-surface shadow-raised select-none"
          >
            {tip}
            {tipKeys && <span className="ml-2 opacity-80">{tipKeys}</span>}
          </Content>
        </Portal>
      </Root>
    </Provider>
  );
}
