"use client";

import { type FormEvent, useRef, useState } from "react";
import type { LoginInput, RegisterInput } from "@/lib/protocol/routes";
import { type Refusal, signIn } from "./account";

const nothingWrong: Refusal = { message: null, fields: {} };

/**
 * A form that registers or signs in and then leaves for `next` with a full load, so that the server sees the new
 * cookies. A refusal keeps what was typed and puts the focus on the first field it complains about.
 */
export function useAccountForm(next: string, read: (form: FormData) => RegisterInput | LoginInput) {
  const form = useRef<HTMLFormElement>(null);
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState(nothingWrong);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const fields = form.current;
    if (!fields || busy) return;
    setBusy(true);
    setRefusal(nothingWrong);
    const answer = await signIn(read(new FormData(fields)));
    if (!answer) return window.location.replace(next);
    setBusy(false);
    setRefusal(answer);
    const first = [...fields.elements].find((element) => "name" in element && answer.fields[String(element.name)]);
    if (first instanceof HTMLElement) first.focus();
  };

  const forget = (field: string) => {
    if (refusal.fields[field]) setRefusal({ ...refusal, fields: { ...refusal.fields, [field]: "" } });
  };

  return { form, busy, refusal, submit, forget };
}
