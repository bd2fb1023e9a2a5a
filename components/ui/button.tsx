import clsx from "clsx";
import type { ComponentProps } from "react";
import { Spinner } from "./spinner";

export type ButtonTone = "primary" | "secondary" | "quiet" | "danger";

const tones: Record<ButtonTone, string> = {
  primary: "bg-accent text-on-accent hover:bg-accent-hover",
  secondary: "bg-raised text-text border border-control hover:bg-hover",
  quiet: "text-muted hover:bg-hover hover:text-text",
  danger: "bg-danger text-on-danger hover:bg-danger-hover",
};

export interface ButtonProps extends ComponentProps<"button"> {
  tone?: ButtonTone;
  size?: "small" | "medium" | "large";
  /** Work is under way: shows it, and takes no second press. */
  busy?: boolean;
}

export function Button({
  tone = "secondary",
  size = "medium",
  busy = false,
  type = "button",
  className,
  children,
  disabled,
  ...rest
}: ButtonProps) {
  return (
    <button
      {...rest}
      type={type}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      className={clsx(
        "relative inline-flex shrink-0 items-center justify-center gap-2 rounded-control font-medium whitespace-nowrap select-none",
        "transition-colors disabled:opacity-60",
        size === "small" && "h-8 px-3 text-sm max-md:h-11",
        size === "medium" && "h-9 px-4 text-sm max-md:h-11",
        size === "large" && "h-11 px-5 text-base",
        tones[tone],
        className,
      )}
    >
      {busy && (
        <span className="absolute inset-0 grid place-items-center">
          <Spinner className="size-4" />
        </span>
      )}
      <span className={clsx("inline-flex items-center gap-2", busy && "opacity-0")}>{children}</span>
    </button>
  );
}
