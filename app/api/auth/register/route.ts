import { register } from "@/lib/domain/accounts";
import { route } from "@/lib/http/route";
import { clientOf, signedInAnswer } from "@/lib/http/sign-in";

export const POST = route(
  "POST /api/auth/register",
  async ({ body, request, address }) => signedInAnswer(201, request, await register(body, clientOf(request, address))),
  { auth: "none" },
);
