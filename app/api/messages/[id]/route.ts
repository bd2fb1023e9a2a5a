import * as messages from "@/lib/domain/messages";
import { route } from "@/lib/http/route";

export const PATCH = route(
  "PATCH /api/messages/[id]",
  async ({ userId, params, body }) => ({
    message: await messages.edit(userId, { messageId: params.id, content: body.content }),
  }),
  { limit: "change" },
);

export const DELETE = route(
  "DELETE /api/messages/[id]",
  async ({ userId, params }) => ({ message: await messages.remove(userId, params.id) }),
  { limit: "change" },
);
