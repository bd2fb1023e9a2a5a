import * as rooms from "@/lib/domain/rooms";
import { route } from "@/lib/http/route";

export const POST = route("POST /api/rooms/[id]/join", async ({ userId, params }) => ({
  room: await rooms.join(userId, params.id),
}));
