import * as rooms from "@/lib/domain/rooms";
import { route } from "@/lib/http/route";

export const DELETE = route("DELETE /api/rooms/[id]/leave", async ({ userId, params }) =>
  rooms.leave(userId, params.id),
);
