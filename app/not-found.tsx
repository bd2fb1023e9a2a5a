import type { Metadata } from "next";
import Link from "next/link";
import { AuthCard } from "@/components/auth/auth-card";

export const metadata: Metadata = { title: "Not found" };

export default function NotFound() {
  return (
    <AuthCard title="There is nothing here" lead="The address may be mistyped, or what it led to is gone.">
      <Link
        href="/"
        className="inline-flex h-11 items-center rounded-control bg-accent px-5 font-medium text-on-accent transition-colors hover:bg-accent-hover"
      >
        Go to the chat
      </Link>
    </AuthCard>
  );
}
