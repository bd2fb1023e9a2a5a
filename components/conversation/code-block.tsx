"use client";

import { Check, Copy } from "lucide-react";
import { type ReactNode, useRef, useState } from "react";

/** A block of code with its copy button. */
export function CodeBlock({ children }: { children: ReactNode }) {
  const block = useRef<HTMLPreElement>(null);
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(block.current?.textContent?.replace(/\n$/, "") ?? "");
    setCopied(true);
    setTimeout(() => setCopied(false), 2_000);
  };
  const Icon = copied ? Check : Copy;
  return (
    <div className="group/code relative my-1.5 max-w-3xl">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long lines scroll, which must work from the keyboard */}
      <pre ref={block} tabIndex={0}>
        {children}
      </pre>
      <button
        type="button"
        onClick={copy}
        aria-label={copied ? "Copied" : "Copy code"}
        className="absolute top-1.5 right-1.5 grid size-7 place-items-center rounded-md border border-border bg-raised text-muted opacity-0 group-hover/code:opacity-100 hover:text-text focus-visible:opacity-100 max-md:opacity-100"
      >
        <Icon aria-hidden="true" className="size-3.5" />
      </button>
    </div>
  );
}
