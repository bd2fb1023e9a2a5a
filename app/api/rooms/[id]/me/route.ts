import * as rooms from "@/lib/domain/rooms";
import { route } from "@/lib/http/route";

export const PATCH = route("PATCH /api/rooms/[id]/me", async ({ userId, params, body }) => ({
  room: await rooms.updateMine(userId, params.id, body),
}));
