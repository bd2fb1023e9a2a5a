import * as direct from "@/lib/domain/direct";
import * as messages from "@/lib/domain/messages";
import { react } from "@/lib/domain/reactions";
import { markRead } from "@/lib/domain/reads";
import { sync } from "@/lib/domain/sync";
import type { Handlers } from "./handle";

export const messageEvents: Handlers<
  "message:send" | "message:edit" | "message:delete" | "message:react" | "message:read" | "dm:send" | "sync"
> = {
  "message:send": async ({ data: { userId } }, input) => ({ message: (await messages.send(userId, input)).message }),
  "message:edit": async ({ data: { userId } }, input) => ({ message: await messages.edit(userId, input) }),
  "message:delete": async ({ data: { userId } }, { messageId }) => ({
    message: await messages.remove(userId, messageId),
  }),
  "message:react": async ({ data: { userId } }, input) => ({ reactions: await react(userId, input) }),
  "message:read": ({ data: { userId } }, { messageId }) => markRead(userId, messageId),
  "dm:send": async ({ data: { userId } }, input) => {
    const { message, room } = await direct.send(userId, input);
    return { message, room };
  },
  sync: ({ data: { userId } }, input) => sync(userId, input),
};
