import { call } from "../../harness/call";
import { waitFor } from "../../harness/wait-for";
import type { Screen } from "./screen";
import type { Stage } from "./stage";

/** Signs somebody out on the server. Resolves to after how many ms their client was told; from then on nobody counts with it. */
export async function signOut({ crowd }: Pick<Stage, "crowd">, screen: Screen, atMost: number): Promise<number> {
  const since = Date.now();
  await screen.person.api("post", "/api/auth/logout").expect(204);
  crowd.screens.splice(crowd.screens.indexOf(screen), 1);
  await waitFor(() => screen.chat.store.getState().connection.state === "signed-out", {
    timeout: atMost,
    what: "the signed-out client to be told",
  });
  return Date.now() - since;
}

/** Removes somebody from a room that is on their screen. Resolves to after how many ms it went from there; nothing of it may come later. */
export async function kick(
  { crowd, network, revoked }: Pick<Stage, "crowd" | "network" | "revoked">,
  screen: Screen,
  atMost: number,
): Promise<number> {
  const [roomId = ""] = screen.open;
  const members = await screen.person.api("get", `/api/rooms/${roomId}/members`).expect(200);
  const adminId = members.body.members.find((member: { role: string }) => member.role === "admin").user.id;
  const admin = crowd.screens.find(({ person }) => person.user.id === adminId)?.person;
  if (!admin) throw new Error("The room has nobody who may remove people.");
  const since = Date.now();
  await call({ ...admin, url: network.url }, "DELETE /api/rooms/[id]/members/[userId]", {
    params: { id: roomId, userId: screen.person.user.id },
  });
  revoked.push({ screen, roomId, at: Date.now() + atMost });
  await waitFor(() => !screen.chat.store.getState().rooms.has(roomId), {
    timeout: atMost,
    what: "the room to go from the screen of who was removed",
  });
  return Date.now() - since;
}
