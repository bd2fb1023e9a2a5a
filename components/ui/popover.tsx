"use client";

import clsx from "clsx";
import { Content, Portal, Root, Trigger } from "radix-ui/popover";
import type { ReactElement, ReactNode } from "react";

interface PopoverProps {
  trigger: ReactElement;
  label: string;
  align?: "start" | "center" | "end";
  side?: "top" | "bottom" | "left" | "right";
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
  className?: string;
  children: ReactNode;
}

export function Popover({
  trigger,
  label,
  align = "start",
  side = "bottom",
  open,
  onOpenChange,
  className,
  children,
}: PopoverProps) {
  return (
    <Root {...(open !== undefined && { open })} {...(onOpenChange && { onOpenChange })}>
      <Trigger asChild>{trigger}</Trigger>
      <Portal>
        <Content
          aria-label={label}
          align={align}
          side={side}
          sideOffset={6}
          collisionPadding={8}
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
