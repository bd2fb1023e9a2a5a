import { search } from "@/lib/domain/search";
import { route } from "@/lib/http/route";

export const GET = route("GET /api/search", async ({ userId, query }) => search(userId, query), { limit: "search" });
