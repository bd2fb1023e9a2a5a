import type { SearchResult } from "@/lib/protocol/objects";
import type { RouteOutput } from "@/lib/protocol/routes";
import { call } from "../harness/call";
import { startReplica } from "../harness/replica";
import { openScene, refusal, type Scene, say } from "../harness/scene";

type Name = "ada" | "bob" | "oscar";
let scene: Scene<Name>;
/** Ada's and Bob's; Oscar is in none but the lobby. */
let roomId: string;

type Query = Record<string, string | number>;
const ask = (query: Query | string, name: Name = "ada"): Promise<RouteOutput<"GET /api/search">> =>
  call(scene.people[name], "GET /api/search", { query: typeof query === "string" ? { q: query } : query });
const contents = async (query: Query | string, name: Name = "ada") =>
  (await ask(query, name)).messages.map(({ content }) => content);
const shown = ({ excerpt }: SearchResult) => excerpt.map(({ text, match }) => (match ? `[${text}]` : text)).join("");

beforeAll(async () => {
  scene = await openScene(["ada", "bob", "oscar"]);
  roomId = (await scene.room(["ada", "bob"], { name: "Tea Room" })).id;
}, 60_000);

describe("words", () => {
  beforeAll(async () => {
    for (const text of [
      "The quick brown fox jumps over the lazy dog",
      "A fox, a fox, a fox!",
      "Über das Café in Łódź",
      "東京タワーで会いましょう",
      "Все счастливые семьи похожи друг на друга",
      "see https://example.org/paths/of/glory today",
      "it's a \\ and a 'quote' & <b>bold</b>",
    ]) {
      await say(scene.people.ada, roomId, text);
    }
  });

  test.each([
    ["quick", "quick"],
    ["QUICK dog", "quick"],
    ["jum", "quick"],
    ["uber cafe lodz", "Über"],
    ["ÜBER", "Über"],
    ["東京", "東京"],
    ["タワー", "東京"],
    ["СЕМЬИ", "семьи"],
    ["example.org", "example.org"],
    ['"brown fox"', "brown fox"],
    ["it's", "quote"],
  ])("%s finds what holds %s", async (q, part) => {
    const found = await contents(q);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(part);
  });

  test.each(['"fox brown"', "quick cat", "umps", '"jum"', "京東", "🎉", "!!!", "' \\ '", "| & !", "<b>"])(
    "%s finds nothing",
    async (q) => expect(await contents(q)).toEqual([]),
  );

  test("the message that is most about it comes first, with its finds marked, and its markup plain text", async () => {
    const { messages } = await ask("fox");
    expect(messages.map(shown)).toEqual([
      "A [fox], a [fox], a [fox]!",
      "The quick brown [fox] jumps over the lazy dog",
    ]);
    const [bold] = (await ask("bold")).messages;
    expect(bold?.excerpt).toContainEqual({ text: "bold", match: true });
    expect(bold?.excerpt.map(({ text }) => text).join("")).toContain("<b>bold</b>");
  });
});

describe("operators", () => {
  test("by person, by room, by link and by time, as parameters and inside of q", async () => {
    const other = await scene.room(["ada", "bob"], { name: "Other room" });
    await say(scene.people.ada, roomId, "marzipan of ada");
    await say(scene.people.bob, roomId, "marzipan of bob");
    await say(scene.people.bob, other.id, "marzipan elsewhere: http://m.example");
    const bob = scene.people.bob.user;
    expect(await contents({ q: "marzipan", from: bob.username, roomId })).toEqual(["marzipan of bob"]);
    expect(await contents(`marzipan from:@${bob.username} in:"tea room"`)).toEqual(["marzipan of bob"]);
    expect(await contents({ q: "marzipan", from: bob.id, roomId: other.id })).toHaveLength(1);
    expect(await contents("marzipan from:me")).toEqual(["marzipan of ada"]);
    expect(await contents("marzipan has:link")).toEqual(["marzipan elsewhere: http://m.example"]);
    expect(await contents({ has: "link", roomId: other.id })).toHaveLength(1);
    expect(await contents(`from:${bob.username}`)).toHaveLength(2);
    expect(await contents("marzipan from:nobody-at-all")).toEqual([]);
    expect(await contents("marzipan in:nowhere")).toEqual([]);
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
    expect(await contents({ q: "marzipan", before: tomorrow })).toHaveLength(3);
    expect(await contents({ q: "marzipan", after: tomorrow })).toEqual([]);
    expect(await contents(`marzipan after:${tomorrow.slice(0, 10)}`)).toEqual([]);
    expect(await contents("marzipan after:2020-01-01 before:2020-01-02")).toEqual([]);
  });

  test.each<[string, Query]>([
    ["nothing to look for", {}],
    ["spaces", { q: "  " }],
    ["only a room", { q: "in:lobby" }],
    ["a kind that does not exist", { q: "x", has: "everything" }],
    ["the same inside of q", { q: "x has:everything" }],
    ["no time", { q: "x", before: "yesterday" }],
    ["a cursor of another list", { q: "x", cursor: Buffer.from('["users","a","b"]').toString("base64url") }],
    ["text without end", { q: "x".repeat(501) }],
    ["an unknown parameter", { q: "x", offset: 5 }],
  ])("%s is invalid", async (_, query) => expect(await refusal(ask(query))).toBe("invalid"));
});

describe("who finds what", () => {
  test("nobody outside of the room, and no longer who was removed from it", async () => {
    const { id } = await scene.room(["ada", "bob", "oscar"]);
    await say(scene.people.ada, id, "pistachio");
    expect(await contents("pistachio", "oscar")).toEqual(["pistachio"]);
    const params = { id, userId: scene.people.oscar.user.id };
    await call(scene.people.ada, "DELETE /api/rooms/[id]/members/[userId]", { params, body: {} });
    expect(await contents("pistachio", "oscar")).toEqual([]);
    expect(await contents("pistachio has:link", "oscar")).toEqual([]);
    expect(await refusal(ask({ q: "pistachio", roomId: id }, "oscar"))).toBe("not_found");
    expect(await refusal(ask({ q: "pistachio", roomId: "no-such-room" }, "oscar"))).toBe("not_found");
    await call(scene.people.ada, "DELETE /api/rooms/[id]", { params: { id } });
    expect(await contents("pistachio", "bob")).toEqual([]);
  });

  test("a message is found at once; after an edit by its new words only, after its deletion not at all", async () => {
    const socket = await scene.connect("ada");
    const { message } = await say(scene.people.ada, roomId, "hazelnut");
    expect(await contents("hazelnut", "bob")).toEqual(["hazelnut"]);
    await socket.emit("message:edit", { messageId: message.id, content: "walnut" });
    expect(await contents("hazelnut", "bob")).toEqual([]);
    expect(await contents("walnut", "bob")).toEqual(["walnut"]);
    await socket.emit("message:react", { messageId: message.id, emoji: "🌰" });
    expect(await contents("walnut", "bob")).toEqual(["walnut"]);
    await socket.emit("message:delete", { messageId: message.id });
    expect(await contents("walnut", "bob")).toEqual([]);
    socket.close();
  });

  test("a direct conversation is found by those who have it", async () => {
    const socket = await scene.connect("ada");
    const userId = scene.people.bob.user.id;
    await socket.emit("dm:send", { userId, clientId: `search-${Date.now()}`, content: "almond" });
    expect(await contents("almond", "bob")).toEqual(["almond"]);
    expect(await contents("almond", "oscar")).toEqual([]);
    socket.close();
  });
});

test("all finds can be read page by page, each once, while more is said", async () => {
  const { id } = await scene.room(["ada"]);
  const total = 450;
  const send = (n: number) => say(scene.people.ada, id, `cashew ${"nut ".repeat(n % 7)}`);
  for (let from = 0; from < total; from += 15) {
    await Promise.all(Array.from({ length: 15 }, (_, n) => send(from + n)));
  }
  const ids: string[] = [];
  let cursor: string | null = "";
  let pages = 0;
  for (; cursor !== null && pages < 30; pages += 1) {
    const answer: RouteOutput<"GET /api/search"> = await ask({ q: "cashew", limit: 60, ...(cursor && { cursor }) });
    ids.push(...answer.messages.map((message) => message.id));
    expect(answer.messages.length).toBeLessThanOrEqual(60);
    cursor = answer.next;
    if (pages === 0) await say(scene.people.ada, id, "cashew, said meanwhile");
  }
  expect(pages).toBeLessThan(30);
  expect(ids).toHaveLength(total);
  expect(new Set(ids).size).toBe(total);
}, 60_000);

test("twenty a minute, then rate_limited", async () => {
  const server = await startReplica({ databaseUrl: scene.server.databaseUrl, env: { RATE_LIMIT_FACTOR: "1" } });
  const ada = { ...scene.people.ada, url: server.url };
  const answers = [];
  for (let n = 0; n < 21; n += 1) answers.push(await refusal(call(ada, "GET /api/search", { query: { q: "tea" } })));
  expect(answers).toEqual([...Array.from({ length: 20 }, () => undefined), "rate_limited"]);
}, 60_000);
