import clsx from "clsx";
import type { ReactNode } from "react";

interface BadgeProps {
  tone?: "accent" | "neutral";
  /** What the badge means, where its text alone does not say it. */
  label?: string;
  children: ReactNode;
}

export function Badge({ tone = "neutral", label, children }: BadgeProps) {
  return (
    <span
      className={clsx(
        "tabular inline-grid h-[18px] min-w-[18px] shrink-0 place-items-center rounded-full px-1.5 text-2xs font-semibold",
        tone === "accent" ? "bg-accent text-on-accent" : "bg-selected text-text",
      )}
    >
      <span aria-hidden={label ? true : undefined}>{children}</span>
      {label && <span className="sr-only">{label}</span>}
    </span>
  );
}
