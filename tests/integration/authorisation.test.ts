import type { ErrorCode } from "@/lib/protocol/errors";
import { type ClientEvent, type ClientInput, clientEvents } from "@/lib/protocol/events";
import type { RoomRole } from "@/lib/protocol/objects";
import { type RouteName, type RouteOutput, routes } from "@/lib/protocol/routes";
import { type CallInput, call } from "../harness/call";
import { type Connection, connect, RefusedError } from "../harness/connection";
import { logIn, type Person } from "../harness/people";
import { newClientId, openScene, refusal, type Scene, say } from "../harness/scene";

const roles = ["anonymous", "stranger", "exMember", "member", "moderator", "admin"] as const;
type Role = (typeof roles)[number];
type Outcome = "ok" | ErrorCode;
type SearchAnswer = RouteOutput<"GET /api/search">;
type Outcomes = Record<Role, Outcome>;

/** Where a case happens: a room of the owner's, made for it, with the actor in it as their role says. */
interface Place {
  roomId: string;
  /** The owner's. */
  messageId: string;
  /** The actor's; the owner's for those who were never in. */
  ownMessageId: string;
  /** A plain member, and somebody who is not in. */
  memberId: string;
  newcomerId: string;
  actor: Person | undefined;
}

interface Actor {
  call<R extends RouteName>(route: R, input?: CallInput<R>): Promise<unknown>;
  emit<E extends ClientEvent>(event: E, input: ClientInput<E>): Promise<unknown>;
}

interface Row {
  name: RouteName | ClientEvent;
  what?: string;
  isPublic?: true;
  act(actor: Actor, place: Place): Promise<unknown>;
  outcomes: Outcomes;
}

const outcomes = (
  anonymous: Outcome,
  outside: Outcome,
  member: Outcome,
  moderator: Outcome,
  admin: Outcome,
): Outcomes => ({
  anonymous,
  stranger: outside,
  exMember: outside,
  member,
  moderator,
  admin,
});
const everybody = outcomes("ok", "ok", "ok", "ok", "ok");
const signedIn = outcomes("unauthorized", "ok", "ok", "ok", "ok");
const members = outcomes("unauthorized", "not_found", "ok", "ok", "ok");
const moderators = outcomes("unauthorized", "not_found", "forbidden", "ok", "ok");
const admins = outcomes("unauthorized", "not_found", "forbidden", "forbidden", "ok");
const nobody = outcomes("unauthorized", "not_found", "forbidden", "forbidden", "forbidden");

const inRoom = ({ roomId }: Place) => ({ params: { id: roomId } });
const ofMember = ({ roomId, memberId }: Place) => ({ params: { id: roomId, userId: memberId } });
const onMessage = ({ messageId }: Place) => ({ params: { id: messageId } });
const draft = ({ roomId }: Place) => ({ roomId, clientId: newClientId(), content: "x" });

let count = 0;
const account = () => {
  count += 1;
  return { email: `table-${count}@example.org`, username: `table-${count}`, password: "a sentence for the table 5" };
};

const rows: Row[] = [
  {
    name: "POST /api/auth/register",
    act: (actor) => actor.call("POST /api/auth/register", { body: account() }),
    outcomes: everybody,
  },
  {
    name: "POST /api/auth/login",
    act: (actor) =>
      actor.call("POST /api/auth/login", {
        body: { login: people.owner.user.username, password: people.owner.password },
      }),
    outcomes: everybody,
  },
  {
    name: "POST /api/auth/refresh",
    what: "with no good token",
    act: (actor) => actor.call("POST /api/auth/refresh", { body: { refreshToken: "nonsense" } }),
    outcomes: outcomes("unauthorized", "unauthorized", "unauthorized", "unauthorized", "unauthorized"),
  },
  { name: "POST /api/auth/logout", act: (actor) => actor.call("POST /api/auth/logout"), outcomes: signedIn },
  { name: "GET /api/auth/sessions", act: (actor) => actor.call("GET /api/auth/sessions"), outcomes: signedIn },
  {
    name: "DELETE /api/auth/sessions/[id]",
    what: "of another person",
    act: (actor) => actor.call("DELETE /api/auth/sessions/[id]", { params: { id: ownerSession } }),
    outcomes: outcomes("unauthorized", "not_found", "not_found", "not_found", "not_found"),
  },
  { name: "GET /api/me", act: (actor) => actor.call("GET /api/me"), outcomes: signedIn },
  {
    name: "PATCH /api/me",
    act: (actor) => actor.call("PATCH /api/me", { body: { preferences: {} } }),
    outcomes: signedIn,
  },
  { name: "GET /api/users", act: (actor) => actor.call("GET /api/users"), outcomes: signedIn },
  {
    name: "GET /api/users/[id]",
    act: (actor, { memberId }) => actor.call("GET /api/users/[id]", { params: { id: memberId } }),
    outcomes: signedIn,
  },
  { name: "GET /api/rooms", act: (actor) => actor.call("GET /api/rooms"), outcomes: signedIn },
  {
    name: "GET /api/rooms",
    what: "to browse",
    act: (actor) => actor.call("GET /api/rooms", { query: { scope: "public" } }),
    outcomes: signedIn,
  },
  {
    name: "POST /api/rooms",
    act: (actor) => actor.call("POST /api/rooms", { body: { name: "mine", isPrivate: true } }),
    outcomes: signedIn,
  },
  {
    name: "GET /api/rooms/[id]",
    act: (actor, place) => actor.call("GET /api/rooms/[id]", inRoom(place)),
    outcomes: members,
  },
  {
    name: "GET /api/rooms/[id]",
    what: "of a public room",
    isPublic: true,
    act: (actor, place) => actor.call("GET /api/rooms/[id]", inRoom(place)),
    outcomes: signedIn,
  },
  {
    name: "PATCH /api/rooms/[id]",
    act: (actor, place) => actor.call("PATCH /api/rooms/[id]", { ...inRoom(place), body: { description: "new" } }),
    outcomes: admins,
  },
  {
    name: "PATCH /api/rooms/[id]",
    what: "of a public room",
    isPublic: true,
    act: (actor, place) => actor.call("PATCH /api/rooms/[id]", { ...inRoom(place), body: { description: "new" } }),
    outcomes: admins,
  },
  {
    name: "DELETE /api/rooms/[id]",
    act: (actor, place) => actor.call("DELETE /api/rooms/[id]", inRoom(place)),
    outcomes: admins,
  },
  {
    name: "POST /api/rooms/[id]/join",
    act: (actor, place) => actor.call("POST /api/rooms/[id]/join", { ...inRoom(place), body: {} }),
    outcomes: members,
  },
  {
    name: "POST /api/rooms/[id]/join",
    what: "of a public room",
    isPublic: true,
    act: (actor, place) => actor.call("POST /api/rooms/[id]/join", { ...inRoom(place), body: {} }),
    outcomes: signedIn,
  },
  {
    name: "DELETE /api/rooms/[id]/leave",
    act: (actor, place) => actor.call("DELETE /api/rooms/[id]/leave", inRoom(place)),
    outcomes: signedIn,
  },
  {
    name: "PATCH /api/rooms/[id]/me",
    act: (actor, place) => actor.call("PATCH /api/rooms/[id]/me", { ...inRoom(place), body: { starred: true } }),
    outcomes: members,
  },
  {
    name: "GET /api/rooms/[id]/members",
    act: (actor, place) => actor.call("GET /api/rooms/[id]/members", inRoom(place)),
    outcomes: members,
  },
  {
    name: "POST /api/rooms/[id]/members",
    act: (actor, place) =>
      actor.call("POST /api/rooms/[id]/members", { ...inRoom(place), body: { userId: place.newcomerId } }),
    outcomes: moderators,
  },
  {
    name: "POST /api/rooms/[id]/members",
    what: "to a public room",
    isPublic: true,
    act: (actor, place) =>
      actor.call("POST /api/rooms/[id]/members", { ...inRoom(place), body: { userId: place.newcomerId } }),
    outcomes: members,
  },
  {
    name: "PATCH /api/rooms/[id]/members/[userId]",
    what: "to moderator",
    act: (actor, place) =>
      actor.call("PATCH /api/rooms/[id]/members/[userId]", { ...ofMember(place), body: { role: "moderator" } }),
    outcomes: moderators,
  },
  {
    name: "PATCH /api/rooms/[id]/members/[userId]",
    what: "to admin",
    act: (actor, place) =>
      actor.call("PATCH /api/rooms/[id]/members/[userId]", { ...ofMember(place), body: { role: "admin" } }),
    outcomes: admins,
  },
  {
    name: "PATCH /api/rooms/[id]/members/[userId]",
    what: "of an admin",
    act: (actor, place) =>
      actor.call("PATCH /api/rooms/[id]/members/[userId]", {
        params: { id: place.roomId, userId: people.owner.user.id },
        body: { role: "member" },
      }),
    outcomes: nobody,
  },
  {
    name: "DELETE /api/rooms/[id]/members/[userId]",
    act: (actor, place) => actor.call("DELETE /api/rooms/[id]/members/[userId]", { ...ofMember(place), body: {} }),
    outcomes: moderators,
  },
  {
    name: "DELETE /api/rooms/[id]/members/[userId]",
    what: "of an admin",
    act: (actor, place) =>
      actor.call("DELETE /api/rooms/[id]/members/[userId]", {
        params: { id: place.roomId, userId: people.owner.user.id },
        body: { ban: true },
      }),
    outcomes: nobody,
  },
  {
    name: "POST /api/dms",
    act: (actor, { newcomerId }) => actor.call("POST /api/dms", { body: { userIds: [newcomerId] } }),
    outcomes: signedIn,
  },
  {
    name: "GET /api/messages",
    act: (actor, { roomId }) => actor.call("GET /api/messages", { query: { roomId } }),
    outcomes: members,
  },
  {
    name: "GET /api/messages",
    what: "of a public room one is not in",
    isPublic: true,
    act: (actor, { roomId }) => actor.call("GET /api/messages", { query: { roomId } }),
    outcomes: members,
  },
  {
    name: "GET /api/messages",
    what: "since",
    act: (actor, { roomId }) => actor.call("GET /api/messages", { query: { roomId, since: 0 } }),
    outcomes: members,
  },
  {
    name: "GET /api/messages",
    what: "around",
    act: (actor, { roomId, messageId }) => actor.call("GET /api/messages", { query: { roomId, around: messageId } }),
    outcomes: members,
  },
  {
    name: "POST /api/messages",
    act: (actor, place) => actor.call("POST /api/messages", { body: draft(place) }),
    outcomes: members,
  },
  {
    name: "PATCH /api/messages/[id]",
    what: "of another",
    act: (actor, place) => actor.call("PATCH /api/messages/[id]", { ...onMessage(place), body: { content: "y" } }),
    outcomes: nobody,
  },
  {
    name: "PATCH /api/messages/[id]",
    what: "of one's own",
    act: (actor, { ownMessageId }) =>
      actor.call("PATCH /api/messages/[id]", { params: { id: ownMessageId }, body: { content: "y" } }),
    outcomes: members,
  },
  {
    name: "DELETE /api/messages/[id]",
    what: "of another",
    act: (actor, place) => actor.call("DELETE /api/messages/[id]", onMessage(place)),
    outcomes: moderators,
  },
  {
    name: "DELETE /api/messages/[id]",
    what: "of one's own",
    act: (actor, { ownMessageId }) => actor.call("DELETE /api/messages/[id]", { params: { id: ownMessageId } }),
    outcomes: members,
  },
  {
    name: "GET /api/messages/[id]/reads",
    act: (actor, place) => actor.call("GET /api/messages/[id]/reads", onMessage(place)),
    outcomes: members,
  },
  {
    name: "GET /api/messages/[id]/history",
    act: (actor, place) => actor.call("GET /api/messages/[id]/history", onMessage(place)),
    outcomes: members,
  },
  {
    name: "GET /api/search",
    what: "in a room",
    act: (actor, { roomId }) => actor.call("GET /api/search", { query: { q: "owner", roomId } }),
    outcomes: members,
  },
  {
    name: "GET /api/search",
    what: "in a public room one is not in",
    isPublic: true,
    act: (actor, { roomId }) => actor.call("GET /api/search", { query: { q: "owner", roomId } }),
    outcomes: members,
  },
  {
    name: "GET /api/search",
    what: "finding the room's message",
    act: async (actor, { messageId }) => {
      const { messages } = (await actor.call("GET /api/search", { query: { q: "owner" } })) as SearchAnswer;
      // Whatever else one may see, only members find it.
      if (!messages.some(({ id }) => id === messageId)) {
        throw new RefusedError("not_found", { code: "not_found", message: "not among the results" });
      }
    },
    outcomes: members,
  },

  { name: "room:join", act: (actor, { roomId }) => actor.emit("room:join", { roomId }), outcomes: members },
  {
    name: "room:join",
    what: "of a public room",
    isPublic: true,
    act: (actor, { roomId }) => actor.emit("room:join", { roomId }),
    outcomes: signedIn,
  },
  { name: "room:leave", act: (actor, { roomId }) => actor.emit("room:leave", { roomId }), outcomes: signedIn },
  { name: "message:send", act: (actor, place) => actor.emit("message:send", draft(place)), outcomes: members },
  {
    name: "message:send",
    what: "to a public room one is not in",
    isPublic: true,
    act: (actor, place) => actor.emit("message:send", draft(place)),
    outcomes: members,
  },
  {
    name: "message:send",
    what: "quoting a message of that room in one's own",
    act: async (actor, { actor: person, messageId, roomId }) => {
      const own = person && (await call(person, "POST /api/rooms", { body: { name: "own", isPrivate: true } }));
      return actor.emit("message:send", {
        ...draft({ roomId: own?.room.id ?? roomId } as Place),
        replyToId: messageId,
      });
    },
    outcomes: outcomes("unauthorized", "invalid", "invalid", "invalid", "invalid"),
  },
  {
    name: "message:edit",
    what: "of another",
    act: (actor, { messageId }) => actor.emit("message:edit", { messageId, content: "y" }),
    outcomes: nobody,
  },
  {
    name: "message:edit",
    what: "of one's own",
    act: (actor, { ownMessageId }) => actor.emit("message:edit", { messageId: ownMessageId, content: "y" }),
    outcomes: members,
  },
  {
    name: "message:delete",
    what: "of another",
    act: (actor, { messageId }) => actor.emit("message:delete", { messageId }),
    outcomes: moderators,
  },
  {
    name: "message:delete",
    what: "of one's own",
    act: (actor, { ownMessageId }) => actor.emit("message:delete", { messageId: ownMessageId }),
    outcomes: members,
  },
  {
    name: "message:react",
    act: (actor, { messageId }) => actor.emit("message:react", { messageId, emoji: "👍" }),
    outcomes: members,
  },
  { name: "message:read", act: (actor, { messageId }) => actor.emit("message:read", { messageId }), outcomes: members },
  { name: "typing:start", act: (actor, { roomId }) => actor.emit("typing:start", { roomId }), outcomes: members },
  // Whoever types nothing stops nothing: no answer tells whether the room exists.
  { name: "typing:stop", act: (actor, { roomId }) => actor.emit("typing:stop", { roomId }), outcomes: signedIn },
  {
    name: "dm:send",
    act: (actor, { newcomerId }) =>
      actor.emit("dm:send", { userId: newcomerId, clientId: newClientId(), content: "x" }),
    outcomes: signedIn,
  },
  {
    name: "sync",
    what: "showing the room",
    act: async (actor, { roomId }) => {
      const answer = (await actor.emit("sync", { rooms: [{ roomId, rev: 0 }] })) as {
        rooms: unknown[];
        left: string[];
      };
      // Beside one's own rooms a foreign one is only said not to be among them.
      if (answer.rooms.length === 0 && answer.left.includes(roomId)) {
        throw new RefusedError("not_found", { code: "not_found", message: "left" });
      }
    },
    outcomes: members,
  },
  { name: "presence:set", act: (actor) => actor.emit("presence:set", { state: "online" }), outcomes: signedIn },
  {
    name: "auth:refresh",
    what: "with another's token",
    act: (actor) => actor.emit("auth:refresh", { token: people.owner.accessToken }),
    outcomes: outcomes("unauthorized", "unauthorized", "unauthorized", "unauthorized", "unauthorized"),
  },
];

type Name = "owner" | "newcomer" | "plain" | Exclude<Role, "anonymous">;
let scene: Scene<Name>;
let people: Scene<Name>["people"];
let ownerSession: string;

beforeAll(async () => {
  scene = await openScene(["owner", "newcomer", "plain", "stranger", "exMember", "member", "moderator", "admin"]);
  people = scene.people;
  const { sessions } = await call(people.owner, "GET /api/auth/sessions");
  ownerSession = sessions[0]?.id ?? "";
}, 60_000);

async function placeFor(role: Role, { isPublic }: Row): Promise<Place> {
  const isIn = role !== "anonymous" && role !== "stranger";
  const inside: [Name, ...Name[]] = isIn ? ["owner", "plain", role] : ["owner", "plain"];
  const { id: roomId } = await scene.room(inside, { isPrivate: !isPublic });
  const actor = role === "anonymous" ? undefined : people[role];
  const { message } = await say(people.owner, roomId, "the owner's");
  const own = actor && isIn ? (await say(actor, roomId, "the actor's")).message : message;
  const params = { id: roomId, userId: actor?.user.id ?? "" };
  if (role === "moderator" || role === "admin") {
    await call(people.owner, "PATCH /api/rooms/[id]/members/[userId]", { params, body: { role: role as RoomRole } });
  }
  if (role === "exMember") await call(people.owner, "DELETE /api/rooms/[id]/members/[userId]", { params, body: {} });
  const [memberId, newcomerId] = [people.plain.user.id, people.newcomer.user.id];
  return { roomId, messageId: message.id, ownMessageId: own.id, memberId, newcomerId, actor };
}

/** Somebody with a session of their own for this one case, so that signing out is a case like the others. */
async function actorFor(person: Person | undefined): Promise<{ actor: Actor; end(): void }> {
  const { url } = scene.server;
  const device = person && (await logIn(url, person.user.username));
  let socket: Connection | undefined;
  const open = () =>
    connect(url, device ? { token: device.accessToken } : {}).catch(
      (error: { data?: ConstructorParameters<typeof RefusedError>[1] }) => {
        if (!error.data) throw error;
        throw new RefusedError(error.data.code, error.data);
      },
    );
  return {
    actor: {
      call: (route, input) => call(device ?? { url }, route, input),
      async emit(event, input) {
        socket ??= await open();
        return socket.emit(event, input);
      },
    },
    end: () => socket?.close(),
  };
}

test("every route and every event of the contract has a row", () => {
  const named = new Set<string>(rows.map(({ name }) => name));
  expect([...Object.keys(routes), ...Object.keys(clientEvents)].filter((name) => !named.has(name))).toEqual([]);
});

const cases = rows.flatMap((row) =>
  roles.map((role): [string, Role, Outcome, Row] => [
    `${row.name}${row.what ? ` ${row.what}` : ""}`,
    role,
    row.outcomes[role],
    row,
  ]),
);

test.each(cases)("%s as %s: %s", async (_, role, outcome, row) => {
  const place = await placeFor(role, row);
  const { actor, end } = await actorFor(place.actor);
  expect((await refusal(row.act(actor, place))) ?? "ok").toBe(outcome);
  end();
});
