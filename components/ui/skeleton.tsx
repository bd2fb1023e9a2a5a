import clsx from "clsx";

/** The place of something that is on its way, in its final size. */
export function Skeleton({ className }: { className?: string }) {
  return <span aria-hidden="true" className={clsx("pulse block rounded-md bg-hover", className)} />;
}
