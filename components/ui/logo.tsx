/** The mark: a P whose bowl is a speech bubble. The same drawing as public/icon.svg. */
export function Mark({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true" className={className}>
      <rect width="32" height="32" rx="8.5" fill="#b83f15" />
      <path
        d="M11 25.5V14.2a6.2 6.2 0 1 1 6.2 6.2H14"
        fill="none"
        stroke="#fff"
        strokeWidth="3.4"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
      <circle cx="17.2" cy="14.2" r="1.9" fill="#ffd9c6" />
    </svg>
  );
}

export function Wordmark() {
  return (
    <span className="inline-flex items-center gap-2.5 text-xl font-semibold tracking-[-0.03em]">
      <Mark className="size-8" />
      Parley
    </span>
  );
}
