import type { Profile } from "next-auth";
import type { OAuthConfig } from "next-auth/providers/oauth";
import { signInByEmail } from "@/lib/domain/open-id-accounts";
import type { Client, Tokens } from "@/lib/domain/sessions";
import { runtime } from "@/lib/infra/config";
import { email } from "@/lib/protocol/primitives";
import { unauthorized } from "./tokens";

interface OpenIdProfile extends Profile {
  sub: string;
  email_verified?: boolean | string;
  preferred_username?: string;
}

/** The OpenID Connect provider that the operator configured, as NextAuth takes it. */
export function openIdProviders(): OAuthConfig<OpenIdProfile>[] {
  const { OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET } = runtime.get().config;
  if (!OIDC_ISSUER || !OIDC_CLIENT_ID || !OIDC_CLIENT_SECRET) return [];
  const issuer = OIDC_ISSUER.replace(/\/$/, "");
  return [
    {
      id: "oidc",
      name: new URL(issuer).hostname,
      type: "oauth",
      wellKnown: `${issuer}/.well-known/openid-configuration`,
      clientId: OIDC_CLIENT_ID,
      clientSecret: OIDC_CLIENT_SECRET,
      authorization: { params: { scope: "openid email profile" } },
      idToken: true,
      checks: ["pkce", "state", "nonce"],
      profile: ({ sub, name, email }) => ({ id: sub, name: name ?? null, email: email ?? null }),
    },
  ];
}

/**
 * Signs in whom the provider vouches for. Only an address that the provider has verified says who somebody is.
 * @throws {AppError} `unauthorized` without one, or as `signInByEmail`.
 */
export async function signInWithOpenId(profile: Profile | undefined, client: Client): Promise<Tokens> {
  const { email: given, email_verified, preferred_username, name } = (profile ?? {}) as Partial<OpenIdProfile>;
  const address = email.safeParse(given);
  if (!address.success || (email_verified !== true && email_verified !== "true")) throw unauthorized();
  return signInByEmail({ email: address.data, name, wantedUsername: preferred_username }, client);
}
