import type { ComponentProps } from "react";
import { createPortal } from "react-dom";

interface AnchorBoxProps extends ComponentProps<"span"> {
  anchor: HTMLElement;
}

/**
 * Stands exactly over an element, so that a layer which insists on a trigger of its own can be hung on any element
 * of a page that is already there. In the body: inside a list that contains its layout, `fixed` would mean the list.
 */
export function AnchorBox({ anchor, ref }: AnchorBoxProps) {
  const { left, top, width, height } = anchor.getBoundingClientRect();
  return createPortal(
    <span ref={ref} aria-hidden="true" className="pointer-events-none fixed" style={{ left, top, width, height }} />,
    document.body,
  );
}
