export interface DemoRoom {
  /** Also the name of its file of talk. */
  name: string;
  topic: string;
  /** What the topic was before, when it has changed. */
  formerTopic?: string;
  isPrivate?: boolean;
  /** Usernames; everybody when left out. The first is its admin, the second a moderator. */
  members?: string[];
  /** Its part of all messages, relative to the others. */
  share: number;
  starred?: boolean;
}

const team = (text: string) => text.split(" ");

export const demoRooms: readonly DemoRoom[] = [
  { name: "general", topic: "Everything that concerns all of us", share: 13, starred: true },
  {
    name: "engineering",
    topic: "Building Harbor. Reviews, releases, rabbit holes",
    formerTopic: "Building Harbor",
    members: team(
      "kenji ada mateusz chen.wei omar tomas elif jonas minji arjun oskar samuel marek ivan thuy noa priya lucia",
    ),
    share: 19,
    starred: true,
  },
  {
    name: "design",
    topic: "Sketches early, opinions welcome · Library: https://design.example.org/harbor",
    members: team("yuki lucia ada priya noor pierre zoe kenji thuy elif"),
    share: 10,
  },
  {
    name: "product",
    topic: "What we build next and why",
    members: team("priya ada lucia kenji sofia grace noor yuki hannah omar"),
    share: 9,
  },
  {
    name: "incidents",
    topic: "One thread of talk an incident. Status: https://status.example.org",
    formerTopic: "When something is on fire",
    members: team("mateusz kenji ada chen.wei omar arjun grace jonas samuel ivan marek priya"),
    share: 8,
  },
  {
    name: "support",
    topic: "Questions from customers that need one of us",
    members: team("grace hannah ada amara rafael leila kenji elif priya zoe"),
    share: 9,
  },
  {
    name: "launch",
    topic: "Harbor 3: ships on the 12th. Checklist is pinned in the doc",
    formerTopic: "Harbor 3",
    members: team("priya sofia ada yuki lucia kenji grace noor mateusz amara pierre"),
    share: 8,
  },
  { name: "random", topic: "Not work. Pets welcome", share: 12 },
  {
    name: "book-club",
    topic: "Now reading: The Dispossessed. We meet every second Thursday",
    formerTopic: "Now reading: Piranesi",
    members: team("noor hannah ada dimitra leila tomas ingrid zoe sofia arjun"),
    share: 4,
  },
  {
    name: "kitchen",
    topic: "Lunch, recipes, the coffee machine",
    members: team("rafael elif ada minji ingrid pierre samuel thuy omar lucia leila oskar"),
    share: 4,
  },
  {
    name: "hiring",
    topic: "Candidates and interviews. Stays in this room",
    isPrivate: true,
    members: team("amara ada kenji priya lucia ingrid"),
    share: 3,
  },
  {
    name: "leads",
    topic: "Planning, budgets, people",
    isPrivate: true,
    members: team("ada priya kenji lucia amara grace"),
    share: 3,
  },
];

/** Direct conversations by their people; the last of them is a group's. */
export const demoDirects: readonly { members: string[]; share: number }[] = [
  { members: team("ada kenji"), share: 2 },
  { members: team("ada priya"), share: 2 },
  { members: team("ada lucia"), share: 1 },
  { members: team("ada mateusz"), share: 1 },
  { members: team("ada thuy"), share: 0.6 },
  { members: team("ada grace"), share: 0.6 },
  { members: team("kenji omar"), share: 1 },
  { members: team("yuki lucia"), share: 1 },
  { members: team("hannah grace"), share: 0.8 },
  { members: team("ada sofia yuki noor"), share: 1 },
];

const areas = "mobile platform data growth docs research security sales partners tooling".split(" ");
const places = "lisbon osaka kraków nairobi montréal tallinn bogotá haifa".split(" ");

/** Rooms in the order of the list; beyond it, rooms of teams in towns. */
export function demoRoomsOf(count: number): DemoRoom[] {
  const rooms = demoRooms.slice(0, count);
  for (let index = 0; rooms.length < count; index += 1) {
    const area = areas[index % areas.length] ?? "";
    const round = Math.floor(index / areas.length);
    const place = places[round % places.length] ?? "";
    const again = Math.floor(round / places.length);
    const name = `${area}-${place}${again ? `-${again + 1}` : ""}`;
    rooms.push({ name, topic: `${area} in ${place}`, share: 3 });
  }
  return rooms;
}
