"use client";

import { Content, Portal, Provider, Root, Trigger } from "radix-ui/tooltip";
import type { ReactElement } from "react";

export { Provider as TooltipProvider };

interface TooltipProps {
  label: string;
  shortcut?: string;
  side?: "top" | "bottom" | "left" | "right";
  /** One element that takes a ref and events. */
  children: ReactElement;
}

/** A name for what has only an icon, and the exact form of what is shown short. Never the only place of a fact. */
export function Tooltip({ label, shortcut, side = "bottom", children }: TooltipProps) {
  return (
    <Root>
      <Trigger asChild>{children}</Trigger>
      <Portal>
        <Content
          side={side}
          sideOffset={6}
          collisionPadding={8}
          className="appear z-50 max-w-72 rounded-md bg-text px-2 py-1 text-xs font-medium text-surface shadow-raised select-none"
        >
          {label}
          {shortcut && <span className="ml-2 opacity-80">{shortcut}</span>}
        </Content>
      </Portal>
    </Root>
  );
}
