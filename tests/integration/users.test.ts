import { call } from "../harness/call";
import { logIn, register } from "../harness/people";
import { openScene, refusal, type Scene, say } from "../harness/scene";

type Name = "ada" | "bob";
let scene: Scene<Name>;

beforeAll(async () => {
  scene = await openScene(["ada", "bob"]);
}, 60_000);

const by = (name: Name) => scene.people[name];
const find = (query: Record<string, string | number>) => call(by("ada"), "GET /api/users", { query });
const names = async (q: string) => (await find({ q })).users.map(({ name }) => name);

describe("finding people", () => {
  beforeAll(async () => {
    const people = [
      ["grace.hopper", "Grace Brewster Hopper"],
      ["grace-kelly", "Grace Kelly"],
      ["kay", "Kay McNulty"],
      ["under_score", "100% Sure"],
    ];
    for (const [username, name] of people) await register(scene.server.url, { username, name });
  });

  test("goes by the beginning of a username, a name or one of its words, in any case", async () => {
    expect(await names("grace")).toEqual(["Grace Brewster Hopper", "Grace Kelly"]);
    expect(await names("GRACE.H")).toEqual(["Grace Brewster Hopper"]);
    expect(await names("@kay")).toEqual(["Kay McNulty"]);
    expect(await names("hop")).toEqual(["Grace Brewster Hopper"]);
    expect(await names("k")).toEqual(["Grace Kelly", "Kay McNulty"]);
    expect(await names("race")).toEqual([]);
  });

  test("takes what was typed literally", async () => {
    expect(await names("100%")).toEqual(["100% Sure"]);
    expect(await names("under_")).toEqual(["100% Sure"]);
    expect(await names("underscore")).toEqual([]);
    expect(await names("%")).toEqual([]);
    expect(await names("' OR ''='")).toEqual([]);
    expect(await names("\\")).toEqual([]);
  });

  test("pages through everybody, each once, without email addresses", async () => {
    const all: string[] = [];
    let cursor: string | null | undefined;
    while (cursor !== null) {
      const page = await find({ limit: 2, ...(cursor && { cursor }) });
      expect(JSON.stringify(page)).not.toContain("@example.org");
      all.push(...page.users.map(({ id }) => id));
      cursor = page.next;
    }
    expect(new Set(all).size).toBe(all.length);
    expect(all).toHaveLength(6);
    expect((await find({ limit: 100 })).users.map(({ id }) => id)).toEqual(all);
  });

  test.each([
    ["limit", "0"],
    ["limit", "101"],
    ["limit", "many"],
    ["cursor", "zzz"],
    ["offset", "5"],
  ])("with %s=%s is invalid", async (key, value) => {
    expect(await refusal(find({ [key]: value }))).toBe("invalid");
  });
});

test("a person is shown to everybody signed in; somebody unknown is not found", async () => {
  const { user } = await call(by("ada"), "GET /api/users/[id]", { params: { id: by("bob").user.id } });
  expect(user).toMatchObject({ id: by("bob").user.id, name: "bob" });
  expect(user).not.toHaveProperty("email");
  expect(await refusal(call(by("ada"), "GET /api/users/[id]", { params: { id: "nobody" } }))).toBe("not_found");
});

describe("oneself", () => {
  test("is shown with email, role and preferences", async () => {
    const { user } = await call(by("bob"), "GET /api/me");
    expect(user).toMatchObject({
      id: by("bob").user.id,
      email: by("bob").user.email,
      role: "member",
      preferences: { theme: "system", enterSends: true, clock: "auto" },
    });
  });

  test("can change name, status and preferences, one without the others", async () => {
    const { user } = await call(by("bob"), "PATCH /api/me", {
      body: { name: " Bobby 👩‍🚀 ", preferences: { theme: "dark" } },
    });
    expect(user).toMatchObject({ name: "Bobby 👩‍🚀", preferences: { theme: "dark", enterSends: true, clock: "auto" } });
    const until = new Date(Date.now() + 3_600_000).toISOString();
    const status = { emoji: "🌴", text: "away", until };
    const { user: away } = await call(by("bob"), "PATCH /api/me", { body: { status, preferences: { clock: "24" } } });
    expect(away).toMatchObject({ name: "Bobby 👩‍🚀", status, preferences: { theme: "dark", clock: "24" } });
    const seen = await call(by("ada"), "GET /api/users/[id]", { params: { id: by("bob").user.id } });
    expect(seen.user).toMatchObject({ name: "Bobby 👩‍🚀", status });
    const { user: back } = await call(by("bob"), "PATCH /api/me", { body: { status: null } });
    expect(back).not.toHaveProperty("status");
    const { message } = await say(by("bob"), scene.lobby.id, "by my new name");
    expect(message.user.name).toBe("Bobby 👩‍🚀");
  });

  test("shows no status past its end", async () => {
    const status = { emoji: "🕰️", text: "", until: "2020-01-01T00:00:00.000Z" };
    const { user } = await call(by("bob"), "PATCH /api/me", { body: { status } });
    expect(user).not.toHaveProperty("status");
  });

  test("can take a username that is free and not reserved, normalised", async () => {
    const { user } = await call(by("bob"), "PATCH /api/me", { body: { username: "ＢＯＢ.the-Second" } });
    expect(user.username).toBe("bob.the-second");
    const taken = { body: { username: by("ada").user.username.toUpperCase() } };
    expect(await refusal(call(by("bob"), "PATCH /api/me", taken))).toBe("conflict");
    for (const username of ["admin", "everyone", "ab", "-bob", "bob b", "b".repeat(33), "bоb"]) {
      expect([username, await refusal(call(by("bob"), "PATCH /api/me", { body: { username } }))]).toEqual([
        username,
        "invalid",
      ]);
    }
  });

  test.each<[string, object]>([
    ["role", { role: "owner" }],
    ["email", { email: "other@example.org" }],
    ["id", { id: "x" }],
    ["lastSeenAt", { lastSeenAt: null }],
    ["an unknown preference", { preferences: { admin: true } }],
    ["an unknown theme", { preferences: { theme: "blue" } }],
    ["an avatar from elsewhere", { avatar: "https://evil.example/pixel.png" }],
    ["an empty name", { name: " \u200b " }],
    ["a name of 65 characters", { name: "x".repeat(65) }],
    ["a name that turns the text around", { name: "abc\u202ecba" }],
    ["a status of 101 characters", { status: { emoji: "", text: "x".repeat(101), until: null } }],
    ["a status that is not text", { status: { emoji: "", text: "a\0b", until: null } }],
    ["a status emoji that is not text", { status: { emoji: "\0", text: "", until: null } }],
    ["a password without the current one", { password: "another fine password 9" }],
  ])("cannot set %s that way", async (_, body) => {
    expect(await refusal(call(by("bob"), "PATCH /api/me", { body }))).toBe("invalid");
  });

  test("a new password needs the present one, ends every other session and lets only the new one in", async () => {
    const here = await register(scene.server.url);
    const there = await logIn(scene.server.url, here.user.username);
    const password = "a wholly different sentence 8";
    const wrong = { body: { password, currentPassword: "not my password 1" } };
    expect(await refusal(call(here, "PATCH /api/me", wrong))).toBe("invalid");
    await call(here, "PATCH /api/me", { body: { password, currentPassword: here.password } });
    await call(here, "GET /api/me");
    expect(await refusal(call(there, "GET /api/me"))).toBe("unauthorized");
    await expect(logIn(scene.server.url, here.user.username)).rejects.toThrow();
    await logIn(scene.server.url, here.user.username, password);
  });
});
