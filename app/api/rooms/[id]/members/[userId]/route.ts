import * as members from "@/lib/domain/members";
import { route } from "@/lib/http/route";

export const PATCH = route("PATCH /api/rooms/[id]/members/[userId]", async ({ userId, params, body }) => ({
  member: await members.changeRole(userId, params.id, params.userId, body.role),
}));

export const DELETE = route("DELETE /api/rooms/[id]/members/[userId]", async ({ userId, params, body }) =>
  members.remove(userId, params.id, params.userId, body),
);
