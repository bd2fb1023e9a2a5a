"use client";

import clsx from "clsx";
import { X } from "lucide-react";
import { Close, Content, Description, Overlay, Portal, Root, Title } from "radix-ui/dialog";
import type { ReactNode } from "react";

interface DialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  description?: ReactNode;
  /** The title is for screen readers only. */
  hideTitle?: boolean;
  width?: "small" | "medium";
  /** Near the top instead of the middle: for what is typed into and grows. */
  top?: boolean;
  children: ReactNode;
}

export function Dialog({
  open,
  onOpenChange,
  title,
  description,
  hideTitle = false,
  width = "small",
  top = false,
  children,
}: DialogProps) {
  return (
    <Root open={open} onOpenChange={onOpenChange}>
      <Portal>
        <Overlay className="fixed inset-0 z-40 bg-scrim" />
        <Content
          {...(!description && { "aria-describedby": undefined })}
          className={clsx(
            "appear fixed left-1/2 z-40 flex max-h-[min(44rem,calc(100dvh-2rem))] w-[calc(100vw-1.5rem)] -translate-x-1/2 flex-col",
            "overflow-hidden rounded-card border border-border bg-raised shadow-overlay focus-visible:outline-none",
            top ? "top-[max(1rem,12dvh)]" : "top-1/2 -translate-y-1/2",
            width === "small" ? "max-w-[27rem]" : "max-w-[36rem]",
          )}
        >
          <div className={clsx(hideTitle ? "sr-only" : "flex items-start gap-4 px-5 pt-5 pb-1")}>
            <div className="min-w-0 flex-1">
              <Title className="text-lg font-semibold tracking-[-0.01em]">{title}</Title>
              {description && <Description className="mt-1 text-sm text-muted">{description}</Description>}
            </div>
            {!hideTitle && (
              <Close
                aria-label="Close"
                className="-mt-1 -mr-2 grid size-9 place-items-center rounded-control text-muted transition-colors hover:bg-hover hover:text-text max-md:size-11"
              >
                <X aria-hidden="true" className="size-[18px]" />
              </Close>
            )}
          </div>
          {children}
        </Content>
      </Portal>
    </Root>
  );
}

/** The dialog's closing line of buttons, the main one last. */
export function DialogActions({ children }: { children: ReactNode }) {
  return <div className="flex flex-wrap justify-end gap-2 px-5 pt-3 pb-5">{children}</div>;
}
