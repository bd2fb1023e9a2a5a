import { readFileSync } from "node:fs";
import { join } from "node:path";

/** One message of a dialogue as it is written in talk/. */
export interface Line {
  /** A role (`A`, `B`, …) that somebody is cast for, or a username. */
  speaker: string;
  text: string;
  /** Index of the line that it replies to. */
  replyTo?: number;
  reactions: { emoji: string; count: number }[];
}

export interface Talk {
  /** Scenes for any day and any people, cast and filled in anew each time. */
  dialogues: Line[][];
  /** What was said today, by the people named. */
  today: Line[];
  /** How many lines of today the owner of the demo has read. */
  read: number;
}

const start = /^(?<speaker>[A-F]|[a-z][a-z.]*)(?:>(?<reply>\d+))?: (?<text>.*)$/;
const endingReactions = / \[(?<list>\p{Extended_Pictographic}[^[\]]*)\]$/u;
const reaction = /^(?<emoji>\D+)(?<count>\d+)$/u;

function finish(line: Line): Line {
  const text = line.text.trimEnd();
  const list = endingReactions.exec(text)?.groups?.list;
  if (!list) return { ...line, text };
  const reactions = list.split(" ").flatMap((part) => {
    const { emoji, count } = reaction.exec(part)?.groups ?? {};
    return emoji ? [{ emoji, count: Number(count) }] : [];
  });
  return { ...line, text: text.replace(endingReactions, ""), reactions };
}

/** Lines that name no speaker, and everything in a fenced block, go on with the message before. */
function readLines(text: string): Line[] {
  const lines: Line[] = [];
  let fenced = false;
  for (const row of text.trim().split("\n")) {
    const { speaker, reply, text: said } = (fenced ? undefined : start.exec(row)?.groups) ?? {};
    if (speaker !== undefined) {
      lines.push({ speaker, text: said ?? "", reactions: [], ...(reply && { replyTo: Number(reply) - 1 }) });
    } else {
      const last = lines.at(-1);
      if (last) last.text += `\n${row}`;
    }
    if ((said ?? row).startsWith("```")) fenced = !fenced;
  }
  return lines.map(finish);
}

/** Reads talk/<name>.txt. Its format: scenes between `---`, then `=== today`, in it `=== read` where reading stopped. */
export function readTalk(name: string): Talk {
  const text = readFileSync(join(import.meta.dirname, "talk", `${name}.txt`), "utf8");
  const [scenes = "", today = ""] = text.split(/^=== today\n/m);
  const [before = "", after] = today.split(/^=== read\n/m);
  const read = readLines(before);
  return {
    dialogues: scenes.split(/^---\n/m).map(readLines),
    // Read as one, because replies count from the start of the scene.
    today: readLines(after === undefined ? before : before + after),
    read: read.length,
  };
}
