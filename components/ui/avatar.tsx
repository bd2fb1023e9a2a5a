import clsx from "clsx";
import { hueOf, initialsOf } from "./identity";

const sizes = {
  tiny: "size-5 rounded-md text-[0.5625rem]",
  small: "size-6 rounded-md text-[0.625rem]",
  medium: "size-9 rounded-[10px] text-sm",
  large: "size-14 rounded-2xl text-lg",
} as const;

interface AvatarProps {
  user: { id: string; name: string; avatar: string | null };
  size?: keyof typeof sizes;
  /** Left out where presence does not matter. */
  online?: boolean | undefined;
  className?: string;
}

/** A face beside a name: decoration for screen readers, which hear the name. */
export function Avatar({ user, size = "medium", online, className }: AvatarProps) {
  return (
    <span aria-hidden="true" className={clsx("relative inline-block shrink-0 align-middle", className)}>
      {user.avatar ? (
        // biome-ignore lint/performance/noImgElement: an authenticated file of our own; the image optimiser cannot read it
        <img src={user.avatar} alt="" className={clsx("object-cover", sizes[size])} />
      ) : (
        <span
          className={clsx("hue grid place-items-center font-semibold tracking-wide select-none", sizes[size])}
          data-hue={hueOf(user.id)}
          data-initials={initialsOf(user.name)}
        />
      )}
      {online !== undefined && (
        <PresenceDot
          online={online}
          className={clsx(
            "absolute ring-2 ring-[var(--under,var(--surface))]",
            size === "tiny" ? "-right-[3px] -bottom-[3px] size-2!" : "-right-0.5 -bottom-0.5",
          )}
        />
      )}
    </span>
  );
}

/** Filled when online, hollow when not: told apart without colour. */
export function PresenceDot({ online, className }: { online: boolean; className?: string }) {
  return (
    <span
      className={clsx(
        "inline-block size-2.5 shrink-0 rounded-full",
        online ? "bg-presence" : "border-2 border-control bg-[var(--under,var(--surface))]",
        className,
      )}
    />
  );
}
