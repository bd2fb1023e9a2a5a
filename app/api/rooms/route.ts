import * as rooms from "@/lib/domain/rooms";
import { route } from "@/lib/http/route";

export const GET = route("GET /api/rooms", async ({ userId, query }) =>
  query.scope === "public" ? rooms.browse(userId, query) : { rooms: await rooms.list(userId) },
);

export const POST = route("POST /api/rooms", async ({ userId, body }) => ({ room: await rooms.create(userId, body) }), {
  limit: "rooms",
});
