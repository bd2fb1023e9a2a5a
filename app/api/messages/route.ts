import * as pages from "@/lib/domain/message-pages";
import * as messages from "@/lib/domain/messages";
import { answer } from "@/lib/http/answer";
import { route } from "@/lib/http/route";

export const GET = route("GET /api/messages", ({ userId, query }) => {
  const { roomId, since, limit } = query;
  return since === undefined ? pages.page(userId, query) : pages.changes(userId, { roomId, since, limit });
});

export const POST = route(
  "POST /api/messages",
  async ({ userId, body }) => {
    const { message, created } = await messages.send(userId, body);
    return answer(created ? 201 : 200, { message });
  },
  { limit: "send" },
);
