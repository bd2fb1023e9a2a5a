"use client";

import { createContext, lazy, type ReactNode, useCallback, useContext, useState } from "react";
import { Late } from "../ui/late";

const PersonCard = lazy(() => import("./person-card"));

type ShowPerson = (userId: string, anchor: HTMLElement) => void;

const PersonCardContext = createContext<ShowPerson>(() => undefined);

/** Shows the card of a person beside the face or name that was pressed. */
export const usePersonCard = () => useContext(PersonCardContext);

export function PersonCardHost({ children }: { children: ReactNode }) {
  const [shown, setShown] = useState<{ userId: string; anchor: HTMLElement } | null>(null);
  const show = useCallback<ShowPerson>(
    (userId, anchor) => setShown((now) => (now?.anchor === anchor ? null : { userId, anchor })),
    [],
  );
  const close = useCallback(() => setShown(null), []);
  return (
    <PersonCardContext value={show}>
      {children}
      {shown && (
        <Late onFailed={close}>
          <PersonCard key={shown.userId} {...shown} onClose={close} />
        </Late>
      )}
    </PersonCardContext>
  );
}
