import { Me, User } from "@/lib/protocol/objects";
import { meView, userView } from "./user-view";

const row = {
  id: "u1",
  username: "ada",
  name: "Ada",
  avatar: null,
  isBot: false,
  statusEmoji: "🌴",
  statusText: "Away",
  statusUntil: new Date("2026-01-02T00:00:00.000Z"),
  lastSeenAt: new Date("2026-01-01T00:00:00.000Z"),
  email: "ada@example.org",
  role: "member" as const,
  preferences: { theme: "dark" },
  passwordHash: "secret",
};
const before = Date.parse("2026-01-01T12:00:00.000Z");
const after = Date.parse("2026-01-02T00:00:00.000Z");

test("others see a person without address, role and password", () => {
  const view = userView(row, before);
  expect(view).toEqual(User.parse(view));
  expect(JSON.stringify(view)).not.toMatch(/ada@example|secret|member/);
  expect(view.status).toEqual({ emoji: "🌴", text: "Away", until: "2026-01-02T00:00:00.000Z" });
});

test("a status ends when it is over", () => {
  expect(userView(row, after).status).toBeUndefined();
});

test("people see themselves with every preference, chosen or not", () => {
  const view = meView(row, before);
  expect(view).toEqual(Me.parse(view));
  expect(view.preferences).toEqual({ theme: "dark", enterSends: true, clock: "auto" });
});
