"use client";

import type { ComponentProps, MouseEvent } from "react";
import { go } from "./route";

/** A link within the chat: at once for a plain click, a real link for everything else a browser does with one. */
export function RoomLink({ href, onClick, ...rest }: ComponentProps<"a"> & { href: string }) {
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(href);
  };
  return <a {...rest} href={href} onClick={follow} />;
}
