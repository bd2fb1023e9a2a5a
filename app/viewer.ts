import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { cache } from "react";
import { withNext } from "@/components/auth/safe-next";
import { findIdentity } from "@/lib/auth/session";

/** Who asks for this page; found out once for each request. */
export const viewer = cache(async () => findIdentity(await headers()));

/** Who asks for this page; strangers go to sign in and come back to `path`. */
export async function requireViewer(path: string) {
  const identity = await viewer();
  if (!identity) redirect(withNext("/login", path));
  return identity;
}
