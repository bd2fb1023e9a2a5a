import type { ReactNode } from "react";
import { Wordmark } from "@/components/ui/logo";

interface AuthCardProps {
  title: string;
  lead: ReactNode;
  children: ReactNode;
  /** The way to the other page. */
  footer?: ReactNode;
}

/** The one card of a page outside the chat. */
export function AuthCard({ title, lead, children, footer }: AuthCardProps) {
  return (
    <main className="relative isolate grid min-h-dvh place-items-center overflow-hidden px-4 py-10">
      <Bubbles />
      <div className="w-full max-w-[26rem]">
        <Wordmark />
        <div className="mt-6 rounded-[20px] border border-border bg-surface p-6 shadow-raised sm:p-8">
          <h1 className="text-xl font-semibold tracking-[-0.02em] text-balance">{title}</h1>
          <p className="mt-1.5 text-muted text-pretty">{lead}</p>
          <div className="mt-6">{children}</div>
        </div>
        {footer && <p className="mt-5 text-center text-muted">{footer}</p>}
      </div>
    </main>
  );
}

/** Two bubbles in conversation, half out of view: warmth without a picture to load. */
function Bubbles() {
  return (
    <svg
      aria-hidden="true"
      viewBox="0 0 1440 900"
      preserveAspectRatio="xMidYMid slice"
      className="pointer-events-none absolute inset-0 -z-10 size-full text-[var(--motif)] max-sm:hidden"
    >
      <g fill="none" stroke="currentColor" strokeWidth="84" strokeLinecap="round" strokeLinejoin="round">
        <path d="M150 1010V560a205 205 0 1 1 205 205H270" />
        <path d="M1290 -110v450a205 205 0 1 1-205-205h85" />
      </g>
    </svg>
  );
}
