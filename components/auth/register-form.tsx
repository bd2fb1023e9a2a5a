"use client";

import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { FormProblem } from "./form-problem";
import { PasswordField } from "./password-field";
import { passwordStrength } from "./password-strength";
import { StrengthMeter } from "./strength-meter";
import { suggestUsername } from "./suggest-username";
import { useAccountForm } from "./use-account-form";

const text = (form: FormData, name: string) => String(form.get(name) ?? "");

export function RegisterForm({ next, action }: { next: string; action: string }) {
  const [name, setName] = useState("");
  const [ownUsername, setOwnUsername] = useState<string | null>(null);
  const [password, setPassword] = useState("");
  const username = ownUsername ?? suggestUsername(name);
  const { form, busy, refusal, submit, forget } = useAccountForm(next, (data) => ({
    ...(text(data, "name").trim() !== "" && { name: text(data, "name").trim() }),
    username: text(data, "username").trim(),
    email: text(data, "email").trim(),
    password: text(data, "password"),
  }));
  return (
    <form ref={form} onSubmit={submit} method="post" noValidate>
      <FormProblem message={refusal.message} />
      <div className="flex flex-col gap-4">
        <Field
          label="Your name"
          name="name"
          autoComplete="name"
          autoFocus
          value={name}
          error={refusal.fields.name}
          onChange={(event) => {
            setName(event.target.value);
            forget("name");
          }}
        />
        <Field
          label="Username"
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
          value={username}
          hint={username ? `People mention you as @${username}` : "How people mention you, like @ada"}
          error={refusal.fields.username}
          onChange={(event) => {
            setOwnUsername(event.target.value);
            forget("username");
          }}
        />
        <Field
          label="Email"
          name="email"
          type="email"
          autoComplete="email"
          required
          error={refusal.fields.email}
          onInput={() => forget("email")}
        />
        <PasswordField
          label="Password"
          name="password"
          autoComplete="new-password"
          required
          value={password}
          hint={<StrengthMeter strength={passwordStrength(password, [username, name])} />}
          error={refusal.fields.password}
          onChange={(event) => {
            setPassword(event.target.value);
            forget("password");
          }}
        />
        <Button type="submit" tone="primary" size="large" busy={busy} className="mt-2 w-full">
          {action}
        </Button>
      </div>
    </form>
  );
}
