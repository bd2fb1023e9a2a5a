import type { Metadata } from "next";
import { cookies } from "next/headers";
import Link from "next/link";
import { redirect } from "next/navigation";
import { AuthCard } from "@/components/auth/auth-card";
import { LoginForm } from "@/components/auth/login-form";
import { safeNext, withNext } from "@/components/auth/safe-next";
import { SilentSignIn } from "@/components/auth/silent-sign-in";
import { resumeCookie } from "@/lib/auth/cookies";
import { viewer } from "../viewer";

export const metadata: Metadata = { title: "Sign in" };

export default async function LoginPage({ searchParams }: { searchParams: Promise<{ next?: string | string[] }> }) {
  const next = safeNext((await searchParams).next);
  if (await viewer()) redirect(next);
  const card = (
    <AuthCard
      title="Welcome back"
      lead="Sign in to pick up where you left off."
      footer={
        <>
          New here?{" "}
          <Link
            href={withNext("/register", next)}
            className="font-medium text-accent-text underline underline-offset-3"
          >
            Create an account
          </Link>
        </>
      }
    >
      <LoginForm next={next} />
    </AuthCard>
  );
  return (await cookies()).has(resumeCookie) ? <SilentSignIn next={next}>{card}</SilentSignIn> : card;
}
