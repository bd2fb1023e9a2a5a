import { randomBytes } from "node:crypto";
import type { Message, Room } from "@/lib/protocol/objects";
import type { CreateRoomInput } from "@/lib/protocol/routes";
import { call } from "./call";
import { type Connection, type Heard, RefusedError } from "./connection";
import { type Person, register } from "./people";
import { type Replica, type ReplicaOptions, startReplica } from "./replica";

export interface Scene<Name extends string> {
  server: Replica;
  people: Record<Name, Person>;
  /** Everybody is in it. */
  lobby: Room;
  /** Makes a room of the first's with the others in it; private unless told otherwise. */
  room(people: [Name, ...Name[]], options?: Partial<CreateRoomInput>): Promise<Room>;
  connect(name: Name, options?: Parameters<Person["connect"]>[0]): Promise<Connection>;
  /**
   * Says something in the lobby and waits until each of these sockets has heard it. A server delivers to a socket in order:
   * whatever was to reach it before is then there, and what is not there never comes.
   */
  fence(...listeners: Connection[]): Promise<void>;
}

/** A server of its own and people who have met. */
export async function openScene<Name extends string>(
  names: readonly Name[],
  options: ReplicaOptions = {},
): Promise<Scene<Name>> {
  const server = await startReplica(options);
  const registered: [string, Person][] = [];
  for (const name of names) {
    registered.push([
      name,
      await register(server.url, { username: `${name}-${randomBytes(3).toString("hex")}`, name }),
    ]);
  }
  const people = Object.fromEntries(registered) as Record<Name, Person>;
  const [first] = names;
  if (!first) throw new Error("A scene needs somebody.");

  const room: Scene<Name>["room"] = async ([owner, ...members], more = {}) => {
    const memberIds = members.map((name) => people[name].user.id);
    const body = { name: `room ${randomBytes(4).toString("hex")}`, isPrivate: true, memberIds, ...more };
    return (await call(people[owner], "POST /api/rooms", { body })).room;
  };
  const lobby = await room([...names] as [Name, ...Name[]]);
  return {
    server,
    people,
    lobby,
    room,
    connect: (name, more) => people[name].connect(more),
    async fence(...listeners) {
      const { message } = await say(people[first], lobby.id, "fence");
      await Promise.all(
        listeners.map((listener) => listener.next("message:new", (heard) => heard.message.id === message.id)),
      );
    },
  };
}

export const newClientId = () => `test-${randomBytes(9).toString("hex")}`;

/** Sends a message by REST. */
export function say(
  person: Person,
  roomId: string,
  content: string,
  more: { clientId?: string; replyToId?: string } = {},
): Promise<{ message: Message }> {
  return call(person, "POST /api/messages", { body: { roomId, clientId: newClientId(), content, ...more } });
}

/** Sends a message by socket. */
export function send(
  socket: Connection,
  roomId: string,
  content: string,
  more: { clientId?: string; replyToId?: string } = {},
): Promise<{ message: Message }> {
  return socket.emit("message:send", { roomId, clientId: newClientId(), content, ...more });
}

/** What a socket heard in which this id occurs, wherever. */
export function heardOf(connection: Connection, id: string): Heard[] {
  return connection.heard.filter((one) => JSON.stringify(one.payload).includes(id));
}

/** The code with which something is refused; undefined when it is not. */
export async function refusal(attempt: Promise<unknown>): Promise<string | undefined> {
  try {
    await attempt;
    return undefined;
  } catch (error) {
    if (error instanceof RefusedError) return error.code;
    throw error;
  }
}
