import { list } from "@/lib/domain/sessions";
import { route } from "@/lib/http/route";

export const GET = route("GET /api/auth/sessions", async ({ userId, session }) => ({
  sessions: await list(userId, session.sessionId),
}));
