import * as direct from "@/lib/domain/direct";
import { answer } from "@/lib/http/answer";
import { route } from "@/lib/http/route";

export const POST = route("POST /api/dms", async ({ userId, body }) => {
  const { room, created } = await direct.open(userId, body.userIds);
  return answer(created ? 201 : 200, { room });
});
