import { readsOf } from "@/lib/domain/reads";
import { route } from "@/lib/http/route";

export const GET = route("GET /api/messages/[id]/reads", ({ userId, params, query }) =>
  readsOf(userId, params.id, query),
);
