"use client";

import clsx from "clsx";
import { Check, type LucideIcon } from "lucide-react";
import * as Primitive from "radix-ui/dropdown-menu";
import type { ReactNode } from "react";
import { createPortal } from "react-dom";
import { AnchorBox } from "./anchor-box";

interface MenuProps {
  /** The button that was pressed; takes the focus back. */
  anchor: HTMLElement;
  onClose: () => void;
  label: string;
  align?: "start" | "center" | "end";
  side?: "top" | "bottom" | "left" | "right";
  children: ReactNode;
}

const row =
  "flex min-h-8 items-center gap-2.5 rounded-md px-2 py-1 text-sm select-none outline-none data-[highlighted]:bg-hover data-[disabled]:opacity-50 max-md:min-h-11";

/** Open while it is mounted: menus are loaded when they are first asked for, after the button they belong to. */
export function Menu({ anchor, onClose, label, align = "end", side = "bottom", children }: MenuProps) {
  return (
    <Primitive.Root open modal={false} onOpenChange={(open) => !open && onClose()}>
      <Primitive.Trigger asChild>
        <AnchorBox anchor={anchor} />
      </Primitive.Trigger>
      {createPortal(
        // Outside dialogs, what is read out has to lie in a named region.
        <section aria-label={label}>
          <Primitive.Content
            aria-label={label}
            align={align}
            side={side}
            sideOffset={6}
            collisionPadding={8}
            loop
            // A press on the button that opened it is the button's to answer.
            onInteractOutside={(event) => {
              if (event.target instanceof Node && anchor.contains(event.target)) event.preventDefault();
            }}
            onCloseAutoFocus={(event) => {
              event.preventDefault();
              if (document.activeElement === document.body || document.activeElement === null) anchor.focus();
            }}
            className="appear z-50 max-h-[var(--radix-dropdown-menu-content-available-height)] min-w-52 overflow-y-auto rounded-xl border border-border bg-raised p-1.5 shadow-overlay"
          >
            {children}
          </Primitive.Content>
        </section>,
        document.body,
      )}
    </Primitive.Root>
  );
}

interface MenuItemProps {
  icon?: LucideIcon;
  shortcut?: string;
  danger?: boolean;
  disabled?: boolean;
  onSelect: () => void;
  children: ReactNode;
}

export function MenuItem({
  icon: Icon,
  shortcut,
  danger = false,
  disabled = false,
  onSelect,
  children,
}: MenuItemProps) {
  return (
    <Primitive.Item disabled={disabled} onSelect={onSelect} className={clsx(row, danger ? "text-danger" : "text-text")}>
      {Icon && (
        <Icon aria-hidden="true" className={clsx("size-4 shrink-0", !danger && "text-muted")} strokeWidth={1.9} />
      )}
      <span className="min-w-0 flex-1">{children}</span>
      {shortcut && <span className="text-xs text-subtle">{shortcut}</span>}
    </Primitive.Item>
  );
}

interface MenuChoiceProps<T extends string> {
  label: string;
  value: T;
  options: readonly { value: T; label: string }[];
  onChange: (value: T) => void;
}

/** One of a few, the present one ticked. */
export function MenuChoice<T extends string>({ label, value, options, onChange }: MenuChoiceProps<T>) {
  return (
    <Primitive.RadioGroup
      value={value}
      onValueChange={(next) => {
        const chosen = options.find((option) => option.value === next);
        if (chosen) onChange(chosen.value);
      }}
    >
      <Primitive.Label className="px-2 pt-1.5 pb-1 text-xs font-medium text-subtle">{label}</Primitive.Label>
      {options.map((option) => (
        <Primitive.RadioItem key={option.value} value={option.value} className={row}>
          <span className="grid size-4 place-items-center text-accent-text">
            <Primitive.ItemIndicator>
              <Check aria-hidden="true" className="size-4" />
            </Primitive.ItemIndicator>
          </span>
          {option.label}
        </Primitive.RadioItem>
      ))}
    </Primitive.RadioGroup>
  );
}

export function MenuSeparator() {
  return <Primitive.Separator className="mx-1 my-1.5 h-px bg-border" />;
}
