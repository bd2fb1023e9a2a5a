"use client";

import { lazy, useEffect, useState } from "react";
import { Late } from "../ui/late";

const TooltipLayer = lazy(() => import("../ui/tooltip"));

/** What the page can do without at first: loaded when the browser has nothing better to do. */
export function Idle() {
  const [idle, setIdle] = useState(false);
  useEffect(() => {
    const begin = () => {
      setIdle(true);
      // Menus and dialogs share most of their code: with one loaded, the others open at once.
      void import("../conversation/message-menu").catch(() => undefined);
      void import("./quick-switcher").catch(() => undefined);
    };
    const timer = setTimeout(begin, 1_500);
    return () => clearTimeout(timer);
  }, []);
  return (
    idle && (
      <Late>
        <TooltipLayer />
      </Late>
    )
  );
}
