import * as presence from "@/lib/domain/presence";
import * as typing from "@/lib/domain/typing";
import type { Handlers } from "./handle";

export const presenceEvents: Handlers<"typing:start" | "typing:stop" | "presence:set"> = {
  "typing:start": async ({ data: { userId } }, input) => {
    await typing.start(userId, input);
    return {};
  },
  "typing:stop": async ({ data: { userId } }, input) => {
    await typing.stop(userId, input);
    return {};
  },
  "presence:set": async ({ data: { userId } }, { state }) => {
    await presence.setState(userId, state);
    return {};
  },
};
