import * as users from "@/lib/domain/users";
import { route } from "@/lib/http/route";

export const GET = route("GET /api/users/[id]", async ({ params }) => ({ user: await users.get(params.id) }));
