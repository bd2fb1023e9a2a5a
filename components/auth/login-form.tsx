"use client";

import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { FormProblem } from "./form-problem";
import { PasswordField } from "./password-field";
import { useAccountForm } from "./use-account-form";

const text = (form: FormData, name: string) => String(form.get(name) ?? "");

export function LoginForm({ next }: { next: string }) {
  const { form, busy, refusal, submit, forget } = useAccountForm(next, (data) => ({
    login: text(data, "login").trim(),
    password: text(data, "password"),
  }));
  return (
    <form ref={form} onSubmit={submit} method="post" noValidate>
      <FormProblem message={refusal.message} />
      <div className="flex flex-col gap-4">
        <Field
          label="Email or username"
          name="login"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          autoFocus
          required
          error={refusal.fields.login}
          onInput={() => forget("login")}
        />
        <PasswordField
          label="Password"
          name="password"
          autoComplete="current-password"
          required
          error={refusal.fields.password}
          onInput={() => forget("password")}
        />
        <Button type="submit" tone="primary" size="large" busy={busy} className="mt-2 w-full">
          Sign in
        </Button>
      </div>
    </form>
  );
}
