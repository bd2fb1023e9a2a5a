import { revoke } from "@/lib/domain/sessions";
import { route } from "@/lib/http/route";

export const DELETE = route("DELETE /api/auth/sessions/[id]", async ({ userId, params }) => revoke(userId, params.id));
