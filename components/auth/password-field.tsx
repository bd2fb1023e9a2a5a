"use client";

import { Eye, EyeOff } from "lucide-react";
import { type ComponentProps, useState } from "react";
import { Field } from "@/components/ui/field";

type PasswordFieldProps = Omit<ComponentProps<typeof Field>, "type">;

/** A password with a way to see what was typed. */
export function PasswordField(props: PasswordFieldProps) {
  const [shown, setShown] = useState(false);
  const Icon = shown ? EyeOff : Eye;
  return (
    <div className="relative">
      <Field {...props} type={shown ? "text" : "password"} autoCapitalize="none" spellCheck={false} className="pr-12" />
      <button
        type="button"
        aria-label={shown ? "Hide password" : "Show password"}
        aria-pressed={shown}
        onClick={() => setShown(!shown)}
        className="absolute top-[26px] right-0 grid size-11 place-items-center rounded-control text-subtle hover:text-text"
      >
        <Icon aria-hidden="true" className="size-[18px]" />
      </button>
    </div>
  );
}
