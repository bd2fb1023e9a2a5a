import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Client } from "pg";
import { io } from "socket.io-client";
import type { Message, Room } from "@/lib/protocol/objects";

/** A small team on a working day, told through the public API so that everything on the pictures is real. */

export const password = "a quiet harbour at dawn";

const names = {
  ada: "Ada Lindqvist",
  ben: "Ben Okafor",
  chiara: "Chiara Rossi",
  dmitri: "Dmitri Volkov",
  elif: "Elif Demir",
  farid: "Farid Haddad",
  grace: "Grace Kim",
  hugo: "Hugo Martin",
  ines: "Ines Duarte",
  jonas: "Jonas Weber",
  kei: "Kei Tanaka",
  lena: "Lena Novak",
} as const;
type Name = keyof typeof names;

interface Line {
  who: Name;
  /** Minutes before now. */
  ago: number;
  text: string;
  /** Counted from the line before this one: 1 answers the line above. */
  replyTo?: number;
  reactions?: Record<string, Name[]>;
}

const day = 24 * 60;

const general: Line[] = [
  {
    who: "grace",
    ago: 2 * day + 95,
    text: "Morning all. The harbour board signed off on the new timetable last night 🎉",
  },
  {
    who: "ben",
    ago: 2 * day + 93,
    text: "Finally! That unblocks the whole booking flow.",
    reactions: { "🎉": ["ada", "chiara", "elif", "kei"], "⛴️": ["hugo"] },
  },
  { who: "hugo", ago: 2 * day + 60, text: "I’ll put the signed PDF in the shared folder and update the wiki page." },
  {
    who: "ada",
    ago: day + 240,
    text: "Quick reminder of what we said on Monday:\n\n1. Timetable goes live on the **14th**\n2. Old bookings keep their times\n3. Support gets a one-page summary by Thursday",
  },
  { who: "chiara", ago: day + 238, text: "I have the summary half done, draft this afternoon." },
  { who: "chiara", ago: day + 237, text: "One question: do we mention the winter pause, or is that still open?" },
  {
    who: "grace",
    ago: day + 229,
    replyTo: 1,
    text: "Mention it. Better they hear it from us.",
    reactions: { "👍": ["chiara", "ada", "ben"] },
  },
  {
    who: "dmitri",
    ago: day + 90,
    text: "Heads-up: I’m moving the price table tonight around 22:00. Nothing should be down for more than a few seconds.",
  },
  { who: "elif", ago: day + 88, text: "👀" },
  {
    who: "dmitri",
    ago: 190,
    text: "Done since yesterday 22:04. The check that compares both tables:\n\n```sql\nSELECT route, count(*) AS different\nFROM fares_old FULL JOIN fares USING (route, departs_at)\nWHERE fares_old.amount IS DISTINCT FROM fares.amount\nGROUP BY route;\n-- 0 rows\n```",
  },
  {
    who: "ben",
    ago: 186,
    text: "Zero rows is my favourite result.",
    reactions: { "😂": ["ada", "dmitri", "jonas"], "❤️": ["dmitri"] },
  },
  {
    who: "kei",
    ago: 120,
    text: "Who can look at the *Saturday capacity* numbers with me? Details are in https://wiki.example.org/capacity and they look too good.",
  },
  { who: "ines", ago: 118, text: "I can, 14:00?" },
  { who: "kei", ago: 117, text: "Perfect, thanks @ines" },
  { who: "jonas", ago: 64, text: "Lunch in the courtyard today, the sun is out ☀️" },
  { who: "lena", ago: 61, text: "Saving seats for @ada and @ben.", reactions: { "🥗": ["ada"], "🙏": ["ben", "ada"] } },
  { who: "ada", ago: 44, text: "On my way." },
  {
    who: "chiara",
    ago: 12,
    text: "Summary for support is ready to read: `support/timetable-2026.md`. @ada could you check the part about refunds? I wasn’t sure whether `partial` also covers bikes.",
  },
  { who: "ben", ago: 9, text: "It does, since March." },
  { who: "ben", ago: 9, text: "There is a footnote about it in the old terms, I’ll send you the paragraph." },
  {
    who: "grace",
    ago: 4,
    replyTo: 3,
    text: "Read it, I like it. Two typos, fixed them right there.",
    reactions: { "🙏": ["chiara"] },
  },
];

const design: Line[] = [
  { who: "chiara", ago: 300, text: "New ticket screen, second try. Bigger departure time, everything else calmer." },
  { who: "ada", ago: 296, text: "Much better. Can the gate be next to the time?" },
  { who: "elif", ago: 20, text: "Tested with three people on the pier: all found the gate at once." },
];
const engineering: Line[] = [
  { who: "dmitri", ago: 400, text: "Deploys are green again, it was the clock on the build machine." },
  { who: "jonas", ago: 30, text: "@ada can you approve the retry change when you have a minute?" },
  { who: "kei", ago: 26, text: "I’ve reviewed it too, looks good." },
];
const random: Line[] = [{ who: "farid", ago: 700, text: "🐟🐟🐟" }];
const harbour: Line[] = [
  { who: "hugo", ago: day, text: "Contract draft is with legal." },
  { who: "ada", ago: day - 20, text: "Thank you, Hugo." },
];
const support: Line[] = [{ who: "lena", ago: 500, text: "Queue is empty. Enjoy the evening!" }];
const withBen: Line[] = [
  { who: "ben", ago: day + 30, text: "Do you have ten minutes tomorrow for the refund wording?" },
  { who: "ada", ago: day + 28, text: "Sure, after stand-up?" },
  { who: "ben", ago: day + 27, text: "Perfect 👌" },
  {
    who: "ada",
    ago: 55,
    text: "Here’s what I’d write:\n\n> Bikes and pets travel under the same conditions as their owner. If part of a booking is cancelled, they are refunded with it.\n\nToo long?",
  },
  { who: "ben", ago: 52, text: "No, it’s good. Plain and short.", replyTo: 1 },
  { who: "ben", ago: 51, text: "I’d only drop “under the same conditions”, nobody talks like that." },
  { who: "ada", ago: 50, text: "Agreed", reactions: { "👍": ["ben"] } },
  { who: "ben", ago: 2, text: "🎉" },
];
const withGrace: Line[] = [{ who: "grace", ago: 33, text: "Board wants the numbers on Friday, can you join?" }];

interface Person {
  id: string;
  token: string;
}

export interface Story {
  rooms: Record<"general" | "empty" | "ben", string>;
  /** Somebody writes in general, so that it shows. */
  type: () => Promise<void>;
  end: () => void;
}

type Call = <T>(who: Person | null, method: string, path: string, body?: object) => Promise<T>;

function caller(url: string): Call {
  return async <T>(who: Person | null, method: string, path: string, body?: object) => {
    const response = await fetch(url + path, {
      method,
      headers: {
        "content-type": "application/json",
        "x-client": "api",
        ...(who && { authorization: `Bearer ${who.token}` }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (response.status === 204 ? undefined : await response.json()) as T;
  };
}

async function register(url: string, username: Name): Promise<Person> {
  const account = { username, name: names[username], email: `${username}@example.org`, password };
  const answer = await caller(url)<{ user: { id: string }; accessToken: string }>(
    null,
    "POST",
    "/api/auth/register",
    account,
  );
  return { id: answer.user.id, token: answer.accessToken };
}

/** The first account of an empty server: Ada, through whose eyes the story is seen. */
export const registerOwner = (url: string): Promise<Person> => register(url, "ada");

export async function tellStory(url: string, dataDirectory: string, owner: Person): Promise<Story> {
  const people = new Map<Name, Person>([["ada", owner]]);
  const ask = caller(url);
  const call = <T>(who: Name, method: string, path: string, body?: object) =>
    ask<T>(people.get(who) ?? null, method, path, body);
  const idOf = (who: Name) => people.get(who)?.id ?? "";

  for (const username of Object.keys(names) as Name[]) {
    if (!people.has(username)) people.set(username, await register(url, username));
  }
  const everyone = [...people.keys()];
  const createRoom = async (name: string, description: string, members: Name[], isPrivate = false) => {
    const memberIds = members.filter((who) => who !== "ada").map(idOf);
    const { room } = await call<{ room: Room }>("ada", "POST", "/api/rooms", {
      name,
      description,
      isPrivate,
      memberIds,
    });
    return room.id;
  };
  const moments: { id: string; ago: number }[] = [];
  const tell = async (roomId: string, lines: Line[]) => {
    const ids: string[] = [];
    for (const line of lines) {
      const replyToId = line.replyTo ? ids.at(-line.replyTo) : undefined;
      const { message } = await call<{ message: Message }>(line.who, "POST", "/api/messages", {
        roomId,
        clientId: `story-${roomId}-${ids.length}`.slice(-64),
        content: line.text,
        ...(replyToId && { replyToId }),
      });
      ids.push(message.id);
      moments.push({ id: message.id, ago: line.ago });
    }
    return ids;
  };

  const rooms = {
    general: await createRoom("general", "What everybody should know. Ferries, timetables, cake.", everyone),
    design: await createRoom("design", "Screens, words and paper", ["chiara", "elif", "grace", "ben"]),
    engineering: await createRoom("engineering", "How it runs", ["dmitri", "jonas", "kei", "ben", "ines"]),
    support: await createRoom("support", "People who have questions", ["lena", "farid", "chiara"]),
    random: await createRoom("random", "Everything else", everyone),
    harbour: await createRoom("harbour-board", "Before it is public", ["grace", "hugo"], true),
    empty: await createRoom("summer-party", "Who brings what", ["lena"]),
  };
  const direct = async (userIds: string[]) =>
    (await call<{ room: Room }>("ada", "POST", "/api/dms", { userIds })).room.id;
  const ben = await direct([idOf("ben")]);
  const grace = await direct([idOf("grace")]);
  const group = await direct([idOf("chiara"), idOf("elif")]);
  await call("ada", "PATCH", `/api/rooms/${rooms.random}/me`, { muted: true });
  await call("ada", "PATCH", `/api/rooms/${rooms.design}/me`, { starred: true });

  const sockets = everyone
    .filter((who) => !["ada", "farid", "hugo", "lena"].includes(who))
    .map((who) => io(url, { auth: { token: people.get(who)?.token }, transports: ["websocket"] }));
  await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once("hello", resolve))));

  await tell(rooms.design, design);
  await tell(rooms.engineering, engineering);
  await tell(rooms.support, support);
  await tell(rooms.random, random);
  await tell(rooms.harbour, harbour);
  const said = await tell(rooms.general, general);
  const benSaid = await tell(ben, withBen);
  await tell(grace, withGrace);
  await tell(group, [{ who: "elif", ago: 800, text: "Icons are in the folder." }]);

  for (const [lines, ids] of [
    [general, said],
    [withBen, benSaid],
  ] as const) {
    for (const [index, line] of lines.entries()) {
      for (const [emoji, whos] of Object.entries(line.reactions ?? {})) {
        for (const who of whos) {
          const socket = io(url, {
            auth: { token: people.get(who)?.token },
            transports: ["websocket"],
            forceNew: true,
          });
          await new Promise((resolve) => socket.once("hello", resolve));
          await socket.emitWithAck("message:react", { messageId: ids[index], emoji, on: true });
          socket.disconnect();
        }
      }
    }
  }

  await backdate(dataDirectory, moments);
  const readUpTo = async (roomId: string, seq: number) =>
    call("ada", "PATCH", `/api/rooms/${roomId}/me`, { lastReadSeq: seq });
  await readUpTo(rooms.general, general.length - 4);
  await readUpTo(rooms.support, support.length);
  await readUpTo(rooms.random, random.length);
  await readUpTo(rooms.harbour, harbour.length);
  await readUpTo(rooms.design, design.length - 1);
  await readUpTo(ben, withBen.length);
  await readUpTo(group, 1);

  return {
    rooms: { general: rooms.general, empty: rooms.empty, ben },
    async type() {
      for (const socket of sockets.slice(0, 2)) await socket.emitWithAck("typing:start", { roomId: rooms.general });
    },
    end: () => {
      for (const socket of sockets) socket.disconnect();
    },
  };
}

/** The API dates a message when it is sent; a picture of a working day needs it spread over one. */
async function backdate(dataDirectory: string, moments: { id: string; ago: number }[]): Promise<void> {
  const home = join(dataDirectory, "postgres");
  const pid = (await readFile(join(home, "db", "postmaster.pid"), "utf8")).split("\n");
  const secret = (await readFile(join(home, "password"), "utf8")).trim();
  const client = new Client({
    host: "127.0.0.1",
    port: Number(pid[3]),
    user: "parley",
    password: secret,
    database: "parley",
  });
  await client.connect();
  for (const { id, ago } of moments) {
    await client.query(`UPDATE "Message" SET "createdAt" = now() - make_interval(mins => $2) WHERE id = $1`, [id, ago]);
  }
  await client.end();
}
