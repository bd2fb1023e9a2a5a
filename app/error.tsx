"use client";

import { AuthCard } from "@/components/auth/auth-card";
import { Button } from "@/components/ui/button";

export default function ErrorPage({ reset }: { error: Error; reset: () => void }) {
  return (
    <AuthCard
      title="This page could not be shown"
      lead="Nothing you sent is lost. Try again; if it stays like this, tell whoever runs the server."
    >
      <Button tone="primary" size="large" onClick={reset}>
        Try again
      </Button>
    </AuthCard>
  );
}
