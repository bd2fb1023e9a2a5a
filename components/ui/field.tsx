"use client";

import clsx from "clsx";
import { CircleAlert } from "lucide-react";
import { type ComponentProps, type ReactNode, useId } from "react";

const box =
  "w-full rounded-control border bg-raised px-3 text-base text-text transition-colors focus-visible:outline-offset-0";

interface FieldFrame {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
  /** The label is for screen readers only: the place says what the field is. */
  hideLabel?: boolean;
}

function useDescription(frame: FieldFrame) {
  const id = useId();
  const noteId = frame.error || frame.hint ? `${id}-note` : undefined;
  return { id, noteId, props: { id, "aria-invalid": Boolean(frame.error), "aria-describedby": noteId } };
}

function Frame({
  label,
  hint,
  error,
  hideLabel,
  id,
  noteId,
  children,
}: FieldFrame & { id: string; noteId: string | undefined; children: ReactNode }) {
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={id} className={hideLabel ? "sr-only" : "text-sm font-medium text-text"}>
        {label}
      </label>
      {children}
      {(error || hint) && (
        <div id={noteId} className={clsx("flex gap-1.5 text-sm", error ? "text-danger" : "text-subtle")}>
          {error && <CircleAlert aria-hidden="true" className="mt-[3px] size-3.5 shrink-0" />}
          <span aria-live={error ? "polite" : undefined} className="min-w-0 flex-1">
            {error ?? hint}
          </span>
        </div>
      )}
    </div>
  );
}

export function Field({ label, hint, error, hideLabel, className, ...rest }: FieldFrame & ComponentProps<"input">) {
  const frame = { label, hint, error, ...(hideLabel && { hideLabel }) };
  const { id, noteId, props } = useDescription(frame);
  return (
    <Frame {...frame} id={id} noteId={noteId}>
      <input
        {...rest}
        {...props}
        className={clsx(box, "h-11", error ? "border-danger" : "border-control", className)}
      />
    </Frame>
  );
}

export function TextArea({
  label,
  hint,
  error,
  hideLabel,
  className,
  ...rest
}: FieldFrame & ComponentProps<"textarea">) {
  const frame = { label, hint, error, ...(hideLabel && { hideLabel }) };
  const { id, noteId, props } = useDescription(frame);
  return (
    <Frame {...frame} id={id} noteId={noteId}>
      <textarea
        {...rest}
        {...props}
        className={clsx(box, "resize-none py-2", error ? "border-danger" : "border-control", className)}
      />
    </Frame>
  );
}
