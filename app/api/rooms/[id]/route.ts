import * as rooms from "@/lib/domain/rooms";
import { route } from "@/lib/http/route";

export const GET = route("GET /api/rooms/[id]", ({ userId, params }) => rooms.get(userId, params.id));

export const PATCH = route("PATCH /api/rooms/[id]", async ({ userId, params, body }) => ({
  room: await rooms.update(userId, params.id, body),
}));

export const DELETE = route("DELETE /api/rooms/[id]", async ({ userId, params }) => rooms.archive(userId, params.id));
