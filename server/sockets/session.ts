import { verifyToken } from "@/lib/auth/session";
import { AppError } from "@/lib/protocol/errors";
import type { Handlers } from "./handle";

export const sessionEvents: Handlers<"auth:refresh"> = {
  "auth:refresh": async (socket, { token }) => {
    const session = await verifyToken(token);
    // A socket belongs to one signed-in device for life: its rooms and presence were joined as that person.
    if (session.sessionId !== socket.data.sessionId) {
      throw new AppError("unauthorized", "This token belongs to another session.");
    }
    socket.data.expiresAt = session.expiresAt.getTime();
    return { expiresAt: session.expiresAt.toISOString() };
  },
};
