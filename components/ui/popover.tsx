"use client";

import clsx from "clsx";
import { Anchor, Content, Portal, Root } from "radix-ui/popover";
import { type ReactNode, useRef } from "react";

interface PopoverProps {
  /** What it hangs on; takes the focus back. */
  anchor: HTMLElement;
  onClose: () => void;
  label: string;
  align?: "start" | "center" | "end";
  side?: "top" | "bottom" | "left" | "right";
  className?: string;
  children: ReactNode;
}

/** Open while it is mounted. */
export function Popover({
  anchor,
  onClose,
  label,
  align = "start",
  side = "bottom",
  className,
  children,
}: PopoverProps) {
  const target = useRef(anchor);
  return (
    <Root open onOpenChange={(open) => !open && onClose()}>
      <Anchor virtualRef={target} />
      <Portal>
        <Content
          aria-label={label}
          align={align}
          side={side}
          sideOffset={6}
          collisionPadding={8}
          onInteractOutside={(event) => {
            if (event.target instanceof Node && anchor.contains(event.target)) event.preventDefault();
          }}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            if (document.activeElement === document.body || document.activeElement === null) anchor.focus();
          }}
          className={clsx(
            "appear z-50 overflow-hidden rounded-card border border-border bg-raised shadow-overlay focus-visible:outline-none",
            className,
          )}
        >
          {children}
        </Content>
      </Portal>
    </Root>
  );
}
