"use client";

import { useState } from "react";
import { Button } from "./button";
import { Dialog, DialogActions } from "./dialog";

interface ConfirmProps {
  title: string;
  description: string;
  /** What the confirming button does, as a verb. */
  action: string;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** Awaited; the dialog closes whether it resolves or rejects. */
  onConfirm: () => unknown;
}

/** Asks once before something that cannot be taken back. */
export function Confirm({ title, description, action, open, onOpenChange, onConfirm }: ConfirmProps) {
  const [busy, setBusy] = useState(false);
  const confirm = async () => {
    setBusy(true);
    try {
      await onConfirm();
    } finally {
      setBusy(false);
      onOpenChange(false);
    }
  };
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={title} description={description}>
      <DialogActions>
        <Button onClick={() => onOpenChange(false)}>Cancel</Button>
        <Button tone="danger" busy={busy} onClick={confirm}>
          {action}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
