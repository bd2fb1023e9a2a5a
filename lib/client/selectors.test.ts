import { createSectionsSelector, roomTitle, selectBadge } from "./selectors";
import { createChatStore } from "./store";
import { person, roomAnswer, testRoom } from "./test-world";

const room = (id: string, extra: object = {}, me: object = {}) => {
  const made = roomAnswer(testRoom(id), "me", 0);
  return { ...made, ...extra, me: { ...made.me, ...me } } as typeof made;
};
const map = (...rooms: ReturnType<typeof room>[]) => new Map(rooms.map((one) => [one.id, one]));

test("each room stands in one section, and the same object comes back until an order changes", () => {
  const dm = (id: string, at: string) =>
    room(id, { kind: "dm", name: "", lastMessageAt: at, members: [person("me"), person(id)] });
  const store = createChatStore({
    me: { id: "me" } as never,
    rooms: map(
      room("beta"),
      room("alpha"),
      room("star", {}, { starred: true }),
      room("loud", {}, { unread: 3 }),
      room("muted", {}, { unread: 3, muted: true }),
      room("named", {}, { unread: 1, mentions: 1, muted: true }),
      dm("old", "2026-01-01T00:00:00.000Z"),
      dm("new", "2026-02-01T00:00:00.000Z"),
    ),
  });
  const select = createSectionsSelector();
  const first = select(store.getState());
  expect(first).toEqual({
    unread: ["loud", "named"],
    starred: ["star"],
    rooms: ["alpha", "beta", "muted"],
    direct: ["new", "old"],
  });
  store.setState(({ rooms }) => ({ rooms: new Map(rooms).set("loud", room("loud", {}, { unread: 4 })) }));
  expect(select(store.getState())).toBe(first);
  expect(selectBadge(store.getState())).toBe("1");
  store.setState({ inView: new Set(["loud"]) });
  expect(select(store.getState()).rooms).toContain("loud");
});

test("a direct conversation is named by the others in it", () => {
  const talk = room("x", { kind: "dm", name: "", members: [person("me"), person("ada"), person("ben")] });
  expect(roomTitle(talk, "me")).toBe("ADA, BEN");
  expect(roomTitle(room("y", { kind: "dm", name: "", members: [person("me")] }), "me")).toBe("ME");
});
