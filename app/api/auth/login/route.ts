import { logIn } from "@/lib/domain/accounts";
import { route } from "@/lib/http/route";
import { clientOf, signedInAnswer } from "@/lib/http/sign-in";

export const POST = route(
  "POST /api/auth/login",
  async ({ body, request, address }) => signedInAnswer(200, request, await logIn(body, clientOf(request, address))),
  { auth: "none" },
);
