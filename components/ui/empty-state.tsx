import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";

interface EmptyStateProps {
  icon: LucideIcon;
  title: string;
  /** Where it is all that the page has to say. */
  heading?: "h1" | "p";
  /** What it means and what to do next. */
  children?: ReactNode;
  actions?: ReactNode;
}

/** Nothing here yet, or something went wrong: what, and what to do. */
export function EmptyState({ icon: Icon, title, heading: Title = "p", children, actions }: EmptyStateProps) {
  return (
    <div className="mx-auto flex max-w-80 flex-col items-center gap-2 px-4 py-8 text-center">
      <span className="mb-1 grid size-11 place-items-center rounded-2xl bg-hover text-muted">
        <Icon aria-hidden="true" className="size-5" strokeWidth={1.8} />
      </span>
      <Title className="font-medium text-text">{title}</Title>
      {children && <div className="text-sm text-muted">{children}</div>}
      {actions && <div className="mt-2 flex flex-wrap justify-center gap-2">{actions}</div>}
    </div>
  );
}
