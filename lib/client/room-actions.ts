import type { Room } from "../protocol/objects";
import type { Actions } from "./actions";
import type { Api } from "./api";
import { withMembersSeen } from "./people";
import type { RoomList } from "./room-list";
import { takeRoom, withEntry, withRoom } from "./rooms";
import type { Emit } from "./socket";
import type { MemberList } from "./state";
import type { ChatStore } from "./store";

type RoomActions = Pick<
  Actions,
  | "loadMembers"
  | "markUnread"
  | "setPresence"
  | "createRoom"
  | "joinRoom"
  | "leaveRoom"
  | "openDirect"
  | "updateRoom"
  | "archiveRoom"
  | "setMembership"
  | "addMember"
  | "setRole"
  | "removeMember"
>;

const noMembers: MemberList = { members: [], next: null, status: "idle", changed: false };
/** Times a page of members is read at most, when people come and go meanwhile. */
const MAX_READINGS = 3;

export function createRoomActions(options: { store: ChatStore; api: Api; emit: Emit; rooms: RoomList }): RoomActions {
  const { store, api, emit, rooms } = options;

  function setMembers(roomId: string, change: (list: MemberList) => MemberList): void {
    store.setState((state) => ({
      members: withEntry(state.members, roomId, change(state.members.get(roomId) ?? noMembers)),
    }));
  }

  function entered(room: Room): Room {
    rooms.add(room);
    return room;
  }

  return {
    async loadMembers(roomId, { restart = false } = {}) {
      const held = store.getState().members.get(roomId);
      if (held?.status === "loading") return;
      const further = !restart && held?.status === "ready";
      if (further && held.next === null) return;
      const cursor = further && held.next !== null ? held.next : undefined;
      const changed = () => store.getState().members.get(roomId)?.changed;
      const read = () => {
        setMembers(roomId, (list) => ({ ...list, status: "loading", changed: false }));
        const query = { limit: 100, ...(cursor && { cursor }) };
        return api("GET /api/rooms/[id]/members", { params: { id: roomId }, query });
      };
      try {
        let page = await read();
        for (let readings = 1; changed() && readings < MAX_READINGS; readings += 1) page = await read();
        const seen = new Set(page.members.map((member) => member.user.id));
        setMembers(roomId, ({ members }) => ({
          members: cursor ? [...members.filter((member) => !seen.has(member.user.id)), ...page.members] : page.members,
          next: page.next,
          status: "ready",
          changed: false,
        }));
        store.setState((state) => withMembersSeen(state, page.members));
      } catch (error) {
        setMembers(roomId, (list) => ({ ...list, status: "error" }));
        throw error;
      }
    },
    async markUnread(roomId, seq) {
      const lastReadSeq = Math.max(0, seq - 1);
      const { room } = await api("PATCH /api/rooms/[id]/me", { params: { id: roomId }, body: { lastReadSeq } });
      store.setState((state) => {
        const mark = state.marks.get(roomId);
        const taken = takeRoom(state, room, false);
        // Only this moves a mark down, so what this device still had to tell is void.
        const now = taken.marks.get(roomId);
        return mark && now ? withRoom(taken, roomId, { mark: { ...now, readSeq: lastReadSeq, reading: null } }) : taken;
      });
      rooms.touch(roomId);
      rooms.refreshUnclear(roomId);
    },
    async setPresence(state) {
      await emit("presence:set", { state });
    },
    createRoom: async (input) => entered((await api("POST /api/rooms", { body: input })).room),
    joinRoom: async (roomId) =>
      entered((await api("POST /api/rooms/[id]/join", { params: { id: roomId }, body: {} })).room),
    async leaveRoom(roomId) {
      await api("DELETE /api/rooms/[id]/leave", { params: { id: roomId } });
      rooms.remove(roomId);
    },
    openDirect: async (userIds) => entered((await api("POST /api/dms", { body: { userIds } })).room),
    async updateRoom(roomId, input) {
      const { room } = await api("PATCH /api/rooms/[id]", { params: { id: roomId }, body: input });
      store.setState((state) => takeRoom(state, room, true));
      return room;
    },
    async archiveRoom(roomId) {
      await api("DELETE /api/rooms/[id]", { params: { id: roomId } });
      rooms.remove(roomId);
    },
    async setMembership(roomId, input) {
      const before = store.getState().rooms.get(roomId);
      if (!before?.me) return;
      const shown: Room = { ...before, me: { ...before.me, ...input } };
      store.setState((state) => withRoom(state, roomId, { room: shown }));
      try {
        const { room } = await api("PATCH /api/rooms/[id]/me", { params: { id: roomId }, body: input });
        store.setState((state) => takeRoom(state, room, true));
      } catch (error) {
        const { notify, muted, starred } = before.me;
        store.setState((state) => {
          const now = state.rooms.get(roomId);
          return now?.me
            ? withRoom(state, roomId, { room: { ...now, me: { ...now.me, notify, muted, starred } } })
            : state;
        });
        throw error;
      }
    },
    async addMember(roomId, userId) {
      const { member } = await api("POST /api/rooms/[id]/members", { params: { id: roomId }, body: { userId } });
      setMembers(roomId, (list) => ({
        ...list,
        members: [...list.members.filter((one) => one.user.id !== userId), member],
      }));
      store.setState((state) => withMembersSeen(state, [member]));
    },
    async setRole(roomId, userId, role) {
      const { member } = await api("PATCH /api/rooms/[id]/members/[userId]", {
        params: { id: roomId, userId },
        body: { role },
      });
      setMembers(roomId, (list) => ({
        ...list,
        members: list.members.map((one) => (one.user.id === userId ? member : one)),
      }));
    },
    async removeMember(roomId, userId, { ban } = {}) {
      await api("DELETE /api/rooms/[id]/members/[userId]", {
        params: { id: roomId, userId },
        body: ban === undefined ? {} : { ban },
      });
      setMembers(roomId, (list) => ({ ...list, members: list.members.filter((one) => one.user.id !== userId) }));
    },
  };
}
