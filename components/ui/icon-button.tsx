import clsx from "clsx";
import type { LucideIcon } from "lucide-react";
import type { ComponentProps } from "react";

export interface IconButtonProps extends Omit<ComponentProps<"button">, "children"> {
  /** What a press does; the accessible name and the tooltip. */
  label: string;
  icon: LucideIcon;
  size?: "small" | "medium";
  /** Shown after the label in the tooltip. */
  shortcut?: string;
  side?: "top" | "bottom" | "left" | "right";
}

export function IconButton({
  label,
  icon: Icon,
  size = "medium",
  shortcut,
  side = "bottom",
  className,
  type = "button",
  ...rest
}: IconButtonProps) {
  return (
    <button
      {...rest}
      type={type}
      aria-label={label}
      data-tip={label}
      data-tip-keys={shortcut}
      data-tip-side={side}
      className={clsx(
        "inline-grid shrink-0 place-items-center rounded-control text-muted transition-colors",
        "hover:bg-hover hover:text-text disabled:opacity-50 aria-expanded:bg-hover aria-expanded:text-text",
        "aria-pressed:bg-selected aria-pressed:text-text",
        size === "small" ? "size-7" : "size-9",
        "max-md:size-11",
        className,
      )}
    >
      <Icon aria-hidden="true" className={size === "small" ? "size-4" : "size-[18px]"} strokeWidth={1.9} />
    </button>
  );
}
