"use client";

import { Item, Root } from "radix-ui/toggle-group";

interface SegmentedProps<T extends string> {
  label: string;
  value: T;
  options: readonly { value: T; label: string }[];
  onChange: (value: T) => void;
}

/** One of a few that exclude each other, all in view. */
export function Segmented<T extends string>({ label, value, options, onChange }: SegmentedProps<T>) {
  return (
    <Root
      type="single"
      aria-label={label}
      value={value}
      onValueChange={(next) => {
        const chosen = options.find((option) => option.value === next);
        if (chosen) onChange(chosen.value);
      }}
      className="inline-flex gap-0.5 rounded-control bg-hover p-0.5"
    >
      {options.map((option) => (
        <Item
          key={option.value}
          value={option.value}
          className="h-7 rounded-md px-3 text-sm text-muted transition-colors data-[state=on]:bg-raised data-[state=on]:font-medium data-[state=on]:text-text data-[state=on]:shadow-raised max-md:h-10"
        >
          {option.label}
        </Item>
      ))}
    </Root>
  );
}
