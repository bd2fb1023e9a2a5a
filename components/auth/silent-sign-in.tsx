"use client";

import { type ReactNode, useEffect, useState } from "react";
import { Spinner } from "@/components/ui/spinner";
import { resume } from "./account";

/**
 * Tries to continue the session that this browser had: on success leaves for `next`, else shows the form.
 * `children` is rendered only then, so that nobody types into a page that is about to leave.
 */
export function SilentSignIn({ next, children }: { next: string; children: ReactNode }) {
  const [failed, setFailed] = useState(false);

  useEffect(() => {
    let left = false;
    void resume().then((resumed) => {
      if (left) return;
      if (resumed) window.location.replace(next);
      else setFailed(true);
    });
    return () => {
      left = true;
    };
  }, [next]);

  if (failed) return children;
  return (
    <main className="grid min-h-dvh place-items-center">
      <p role="status" className="flex items-center gap-3 text-muted">
        <Spinner className="size-5 text-accent-text" />
        Signing you in…
      </p>
    </main>
  );
}
