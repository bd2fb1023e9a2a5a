import * as messages from "@/lib/domain/messages";
import { route } from "@/lib/http/route";

export const GET = route("GET /api/messages/[id]/history", async ({ userId, params }) => ({
  versions: await messages.history(userId, params.id),
}));
