import * as users from "@/lib/domain/users";
import { route } from "@/lib/http/route";

export const GET = route("GET /api/me", async ({ userId }) => ({ user: await users.me(userId) }));

export const PATCH = route("PATCH /api/me", async ({ userId, session, body }) => ({
  user: await users.update(userId, session.sessionId, body),
}));
