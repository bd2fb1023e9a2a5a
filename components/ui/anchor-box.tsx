import type { ComponentProps } from "react";

interface AnchorBoxProps extends ComponentProps<"span"> {
  anchor: HTMLElement;
}

/**
 * Stands exactly over an element, so that a layer which insists on a trigger of its own can be hung on any element
 * of a page that is already there.
 */
export function AnchorBox({ anchor, ref, onFocus: _focus, onPointerMove: _move, ...rest }: AnchorBoxProps) {
  const { left, top, width, height } = anchor.getBoundingClientRect();
  return (
    <span
      {...rest}
      ref={ref}
      aria-hidden="true"
      className="pointer-events-none fixed"
      style={{ left, top, width, height }}
    />
  );
}
