import type { Metadata } from "next";
import Link from "next/link";
import { redirect } from "next/navigation";
import { AuthCard } from "@/components/auth/auth-card";
import { RegisterForm } from "@/components/auth/register-form";
import { safeNext, withNext } from "@/components/auth/safe-next";
import { assertMayRegister, isEmptyServer } from "@/lib/domain/accounts";
import { isAppError } from "@/lib/protocol/errors";
import { viewer } from "../viewer";

export const metadata: Metadata = { title: "Create your account" };

export default async function RegisterPage({ searchParams }: { searchParams: Promise<{ next?: string | string[] }> }) {
  const next = safeNext((await searchParams).next);
  if (await viewer()) redirect(next);
  const [empty, open] = await Promise.all([isEmptyServer(), mayRegister()]);

  const signIn = (
    <Link href={withNext("/login", next)} className="font-medium text-accent-text underline underline-offset-3">
      Sign in
    </Link>
  );
  if (!open) {
    return (
      <AuthCard title="Registration is closed" lead="Ask someone who runs this server to let you in.">
        <p>Do you have an account already? {signIn}</p>
      </AuthCard>
    );
  }
  if (empty) {
    return (
      <AuthCard
        title="You’re the first here"
        lead="This server is brand new, and you will own it. Make your account, then invite everyone else."
      >
        <RegisterForm next={next} action="Create the owner’s account" />
      </AuthCard>
    );
  }
  return (
    <AuthCard
      title="Join the conversation"
      lead="One account for every room on this server."
      footer={<>Do you have an account? {signIn}</>}
    >
      <RegisterForm next={next} action="Create account" />
    </AuthCard>
  );
}

async function mayRegister(): Promise<boolean> {
  try {
    await assertMayRegister();
    return true;
  } catch (error) {
    if (isAppError(error)) return false;
    throw error;
  }
}
