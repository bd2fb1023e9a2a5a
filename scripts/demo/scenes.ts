import type { DemoPerson } from "./people";
import type { Random } from "./random";
import { fill } from "./slots";
import type { Line, Talk } from "./talk";

/** Something said, and what became of it. Times are ms: of the scene at first, since 1970 in a plan. */
export interface Beat {
  at: number;
  author: DemoPerson;
  text: string;
  system?: true;
  /** How many beats earlier stands what it replies to. */
  replyBack?: number;
  /** What it said before it was edited, `after` ms. */
  edited?: { before: string; after: number };
  deletedAfter?: number;
  reactions: { emoji: string; person: DemoPerson; after: number }[];
}

export interface Scene {
  beats: Beat[];
  /** In ms, from the first word to the last. */
  length: number;
}

interface Frame {
  members: DemoPerson[];
  /** Messages in all. */
  size: number;
  topic: string;
  formerTopic: string | undefined;
  /** Whether today's scene is played. */
  ends: boolean;
}

const SECOND = 1_000;
const EDITED = 0.02;
const DELETED = 0.006;

/** The scenes of one room: those of other days, and today's. */
export function scenesOf(talk: Talk, frame: Frame, random: Random): { scenes: Scene[]; last: Scene; unread: number } {
  const { members, size, topic, formerTopic, ends } = frame;
  const speakers = new Map(members.map((person) => [person.username, person]));
  const present = talk.today.every(({ speaker }) => /^[A-F]$/.test(speaker) || speakers.has(speaker));
  const today = ends && present && size > talk.today.length ? talk.today : [];
  const topics = topic && members[0] ? [formerTopic, topic].filter((text) => text !== undefined) : [];
  let left = size - today.length;

  const scenes: Scene[] = [];
  let order: Line[][] = [];
  while (left > 0) {
    const said = topics.length > 0 && scenes.length % 4 === 1 ? topics.shift() : undefined;
    if (said !== undefined && members[0]) {
      scenes.push(topicSet(members[0], said));
      left -= 1;
      continue;
    }
    if (!order.length) order = random.shuffle(talk.dialogues);
    const lines = (order.pop() ?? []).slice(0, left);
    scenes.push(spoil(play(lines, random.shuffle(members), members, random), random));
    left -= lines.length;
  }
  const last = play(today, [...members].reverse(), members, random);
  return { scenes, last, unread: today.length ? today.length - talk.read : 0 };
}

function topicSet(author: DemoPerson, topic: string): Scene {
  return { beats: [{ at: 0, author, text: `set the topic: ${topic}`, system: true, reactions: [] }], length: 0 };
}

/** Lets people say the lines of a scene: the first role is the first of the cast, and so on. */
function play(lines: Line[], cast: DemoPerson[], members: DemoPerson[], random: Random): Scene {
  const actor = (role: string) =>
    /^[A-F]$/.test(role)
      ? cast[(role.charCodeAt(0) - 65) % cast.length]
      : members.find(({ username }) => username === role);
  const slots = new Map<string, string>();
  const named = (text: string) => text.replace(/@([A-F])\b/g, (_, role: string) => `@${actor(role)?.username ?? role}`);
  let at = 0;
  const beats = lines.flatMap((line, index): Beat[] => {
    const author = actor(line.speaker);
    if (!author) return [];
    if (index > 0) at += random.between(15, 100) * SECOND + Math.min(line.text.length, 400) * 150;
    const text = fill(named(line.text), slots, random);
    const replyBack = line.replyTo === undefined ? undefined : index - line.replyTo;
    return [
      { at, author, text, reactions: reactionsTo(line, author, members, random), ...(replyBack && { replyBack }) },
    ];
  });
  return { beats, length: at };
}

function reactionsTo(
  { reactions }: Line,
  author: DemoPerson,
  members: DemoPerson[],
  random: Random,
): Beat["reactions"] {
  return reactions.flatMap(({ emoji, count }) => {
    const others = random.shuffle(members.filter((person) => person !== author)).slice(0, count);
    return others.map((person) => ({ emoji, person, after: random.between(20, 1_500) * SECOND }));
  });
}

/** What happens to text in real life: a slip that is corrected, a message taken back. */
function spoil(scene: Scene, random: Random): Scene {
  for (const beat of scene.beats) {
    const after = random.between(20, 300) * SECOND;
    if (random.chance(DELETED)) beat.deletedAfter = 2_000 * SECOND;
    else if (random.chance(EDITED) && beat.text.length > 20) beat.edited = { before: slip(beat.text, random), after };
  }
  return scene;
}

/** The text with two neighbouring letters swapped. */
function slip(text: string, random: Random): string {
  const places = [...text.matchAll(/(?<=\p{L})\p{Ll}\p{Ll}/gu)].map(({ index }) => index);
  const at = places.length ? random.pick(places) : 0;
  return text.slice(0, at) + (text[at + 1] ?? "") + (text[at] ?? "") + text.slice(at + 2);
}
