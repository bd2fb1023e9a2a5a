import * as members from "@/lib/domain/members";
import { route } from "@/lib/http/route";

export const GET = route("GET /api/rooms/[id]/members", ({ userId, params, query }) =>
  members.list(userId, params.id, query),
);

export const POST = route(
  "POST /api/rooms/[id]/members",
  async ({ userId, params, body }) => ({ member: await members.add(userId, params.id, body.userId) }),
  { limit: "invites" },
);
