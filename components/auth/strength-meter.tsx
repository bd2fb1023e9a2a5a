import clsx from "clsx";
import type { Strength } from "./password-strength";

const tones = ["", "bg-danger", "bg-warning", "bg-success", "bg-success"];

/** Four steps and a word; the word alone is enough. */
export function StrengthMeter({ strength }: { strength: Strength }) {
  return (
    <span className="flex w-full items-center gap-3">
      <span aria-hidden="true" className="flex flex-1 gap-1">
        {[1, 2, 3, 4].map((step) => (
          <span
            key={step}
            className={clsx(
              "h-1 flex-1 rounded-full transition-colors",
              step <= strength.level ? tones[strength.level] : "bg-selected",
            )}
          />
        ))}
      </span>
      <span aria-live="polite" className="min-w-24 text-right">
        {strength.label || "8 or more characters"}
      </span>
    </span>
  );
}
